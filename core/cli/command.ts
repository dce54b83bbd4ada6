import {
  type BaseArgs,
  buildCommand,
  type Command,
  type CommandContext,
  type TypedCommandParameters,
} from "@stricli/core";
import { exitCodeOf, toProblems } from "../api/mod.ts";
import { printProblems } from "./render/problems.ts";
import type { Surroundings } from "./surroundings.ts";
import { usageOf, type UsageParameters } from "./usage.ts";

/** What the argument parser hands to a command. */
export interface CliContext extends CommandContext {
  readonly surroundings: Surroundings;
  /** The words before the one that is to be completed, where that is what is done. */
  readonly typed?: readonly string[];
  /** Set when the command is over. */
  exitCode?: number;
}

/** What a command does: it returns its exit code, 0 where it returns nothing. A thrown problem is printed. */
export type Action<Flags, Args extends BaseArgs> = (
  it: Surroundings,
  flags: Flags,
  ...args: Args
) => Promise<number | void>;

/** One command, whose action is loaded when it is run. `usage` is worked out from the parameters where it is not told. */
export function command<
  Flags extends Readonly<Partial<Record<keyof Flags, unknown>>>,
  Args extends BaseArgs,
>(parts: {
  readonly brief: string;
  readonly details?: string;
  readonly usage?: readonly string[];
  readonly load: () => Promise<Action<Flags, Args>>;
  readonly parameters: TypedCommandParameters<Flags, Args, CliContext>;
}): Command<CliContext> {
  const usage = parts.usage ?? [usageOf(parts.parameters as UsageParameters)];
  const built = buildCommand<Flags, Args, CliContext>({
    docs: {
      brief: parts.brief,
      fullDescription: parts.details,
      customUsage: usage[0] === "" ? undefined : usage,
    },
    parameters: parts.parameters,
    loader: async () => {
      const action = await parts.load();
      return async function (this: CliContext, flags: Flags, ...args: Args) {
        this.exitCode = await runAction(
          this.surroundings,
          () => action(this.surroundings, flags, ...args),
        );
      };
    },
  });
  // The help of a group would not know of the usage: it makes lines of its own from placeholders.
  return {
    ...built,
    formatUsageLine: ({ prefix }) =>
      usage.map((line) => [...prefix, line].join(" ").trimEnd()).join("\n  "),
  };
}

async function runAction(
  it: Surroundings,
  action: () => Promise<number | void>,
): Promise<number> {
  try {
    return await action() ?? 0;
  } catch (error) {
    const problems = toProblems(error, "run the command");
    await printProblems(it, problems);
    return exitCodeOf(problems);
  }
}
