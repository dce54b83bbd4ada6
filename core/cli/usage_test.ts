import assert from "node:assert/strict";
import type { Command, RouteMap } from "@stricli/core";
import { runInMemory } from "../../tests/support/fake_surroundings.ts";
import type { CliContext } from "./command.ts";
import { namespaceFlag, outputFlag, rootFlag } from "./flags.ts";
import { routes } from "./routes.ts";
import { usageOf, type UsageParameters } from "./usage.ts";

/** A command with what it takes, as the help says it. */
interface Told {
  /** Each of its usages: `service show NAME`. */
  readonly usages: readonly string[];
  /** Its options, less those that are told once for all commands. */
  readonly options: readonly string[];
}

const toldOnce: readonly unknown[] = [rootFlag, namespaceFlag, outputFlag];

function commandsOf(map: RouteMap<CliContext>, prefix: readonly string[] = []): Told[] {
  return map.getAllEntries().filter(({ hidden }) => !hidden).flatMap(({ name, target }) => {
    const path = [...prefix, name["convert-camel-to-kebab"]];
    return "getAllEntries" in target ? commandsOf(target, path) : [tell(target, path)];
  });
}

function tell(command: Command<CliContext>, prefix: readonly string[]): Told {
  const { flags = {} } = command.parameters as UsageParameters;
  return {
    usages: command.formatUsageLine({ prefix } as never).split("\n").map((line) => line.trim()),
    options: Object.entries(flags).filter(([, flag]) => !toldOnce.includes(flag))
      .map(([name, flag]) => {
        const { kind, withNegated = true }: Record<string, unknown> = { ...flag };
        const word = name.replace(/[A-Z]/g, (it) => `-${it.toLowerCase()}`);
        return `--${kind === "boolean" && withNegated ? "no-" : ""}${word}`;
      }),
  };
}

/** What the rows of docs/cli.md say: commands in the first column, options in the last. */
async function documented(): Promise<Told[]> {
  const text = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
  const tables = text.split(/\n\n/).filter((block) => /^\| command /.test(block));
  return tables.flatMap((table) => table.split("\n").slice(2)).map((row) => {
    const [, commands, , options] = row.split("|");
    return {
      usages: [...commands.matchAll(/`([^`]+)`/g)].map(([, usage]) => usage),
      options: options.match(/--[a-z-]+/g) ?? [],
    };
  });
}

Deno.test("docs/cli.md names every command with its arguments and options, and no other", async () => {
  const lines = (told: readonly Told[]) =>
    told.flatMap(({ usages, options }) => {
      const last = options.filter((option) => !usages[0].includes(option)).sort().join(" ");
      return usages.map((usage) => `${usage} ${last}`.trim());
    }).sort();
  assert.deepEqual(lines(await documented()), lines(commandsOf(routes)));
});

Deno.test("the help of a group shows the usage that the command's own help shows", async () => {
  for (const group of ["service", "host", "cluster token"]) {
    const usageLines = async (words: string) => {
      const { stdout } = await runInMemory([...words.split(" "), "--help"]);
      return stdout.split("\n\n")[0].split("\n").slice(1).filter((line) =>
        !line.endsWith("--help")
      );
    };
    const shown = await usageLines(group);
    const names = [
      ...new Set(shown.map((line) => line.trim().split(" ")[group.split(" ").length + 1])),
    ];
    const own: string[] = [];
    for (const name of names) own.push(...await usageLines(`${group} ${name}`));
    assert.deepEqual(shown, own);
    assert.ok(shown.every((line) => !/[<>]|WORD/.test(line)), shown.join("\n"));
  }
});

Deno.test("usageOf() shows all arguments, and the options that are needed", () => {
  const parameter = { placeholder: "NODE" };
  const cases: [UsageParameters, string][] = [
    [{}, ""],
    [{ positional: { kind: "tuple", parameters: [parameter] } }, "NODE"],
    [
      { positional: { kind: "tuple", parameters: [parameter, { ...parameter, optional: true }] } },
      "NODE [NODE]",
    ],
    [{ positional: { kind: "array", parameter } }, "[NODE...]"],
    [{ positional: { kind: "array", minimum: 1, parameter } }, "NODE..."],
    [
      {
        flags: {
          to: { kind: "parsed", placeholder: "FILE" },
          sure: { kind: "boolean" },
          lines: { kind: "parsed", default: "5" },
          wait: { kind: "boolean", optional: true },
        },
      },
      "--to FILE --sure",
    ],
  ];
  for (const [parameters, usage] of cases) assert.equal(usageOf(parameters), usage);
});
