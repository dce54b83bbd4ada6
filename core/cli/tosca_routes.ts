import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { inputFlag, type InputFlags, inputsFlag } from "./flags.ts";

export type CompileFlags = InputFlags & {
  readonly output: "json" | "yaml";
  readonly format: "clout" | "puccini";
};

const path = {
  kind: "tuple",
  parameters: [{
    parse: String,
    placeholder: "PATH",
    brief: "Template, archive, or a folder with one; URL of one; - for standard input",
  }],
} as const;

export interface ValidateFlags {
  readonly output: "text" | "json" | "yaml";
}

export interface GraphFlags extends InputFlags {
  readonly format: "dot" | "mermaid" | "svg";
}

/** `khutulun tosca …`: what needs no agent. */
export const toscaRoutes = buildRouteMap({
  docs: { brief: "The TOSCA processor, without an agent" },
  routes: {
    validate: command<ValidateFlags, [string]>({
      brief: "Says everything that is wrong with a template, without inputs",
      load: async () => (await import("./commands/tosca.ts")).validateTemplate,
      parameters: {
        flags: {
          output: {
            kind: "enum",
            values: ["text", "json", "yaml"],
            default: "text",
            brief: "Form of the output; for machines the problems are on standard output",
          },
        },
        aliases: { o: "output" },
        positional: path,
      },
    }),
    graph: command<GraphFlags, [string]>({
      brief: "Draws the graph that a template makes with its inputs",
      load: async () => (await import("./commands/tosca.ts")).drawTemplate,
      parameters: {
        flags: {
          input: inputFlag,
          inputs: inputsFlag,
          format: {
            kind: "enum",
            values: ["dot", "mermaid", "svg"],
            default: "mermaid",
            brief: "Language of the drawing",
          },
        },
        aliases: { i: "input", f: "format" },
        positional: path,
      },
    }),
    explain: command<InputFlags, [string, string]>({
      brief: "Tells where each value of a node template came from",
      load: async () => (await import("./commands/tosca.ts")).explainTemplate,
      parameters: {
        flags: { input: inputFlag, inputs: inputsFlag },
        aliases: { i: "input" },
        positional: {
          kind: "tuple",
          parameters: [
            ...path.parameters,
            { parse: String, placeholder: "NODE", brief: "Name of a node template" },
          ],
        },
      },
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
          format: {
            kind: "enum",
            values: ["clout", "puccini"],
            default: "clout",
            brief: "Our own graph, or a Clout 1.0 as Puccini writes it",
          },
        },
        aliases: { i: "input", o: "output", f: "format" },
        positional: path,
      },
    }),
  },
});
