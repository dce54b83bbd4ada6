import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { inputFlag, type InputFlags, inputsFlag } from "./flags.ts";

export type CompileFlags = InputFlags & { readonly output: "json" | "yaml" };

const path = {
  kind: "tuple",
  parameters: [{ parse: String, placeholder: "PATH", brief: "Template, or a folder with one" }],
} as const;

/** `khutulun tosca …`: what needs no agent. */
export const toscaRoutes = buildRouteMap({
  docs: { brief: "The TOSCA processor, without an agent" },
  routes: {
    validate: command<Record<never, never>, [string]>({
      brief: "Says everything that is wrong with a template, without inputs",
      load: async () => (await import("./commands/tosca.ts")).validateTemplate,
      parameters: { positional: path },
    }),
    compile: command<CompileFlags, [string]>({
      brief: "Prints the graph that a template makes with its inputs",
      load: async () => (await import("./commands/tosca.ts")).compileTemplate,
      parameters: {
        flags: {
          input: inputFlag,
          inputs: inputsFlag,
          output: {
            kind: "enum",
            values: ["json", "yaml"],
            default: "yaml",
            brief: "Form of the output",
          },
        },
        aliases: { i: "input", o: "output" },
        positional: path,
      },
    }),
  },
});
