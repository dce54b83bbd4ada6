import {
  type ApplicationText,
  type ArgumentScannerError,
  formatMessageForArgumentScannerError,
  run,
  text_en,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { nearest, problem, toProblem } from "../base/mod.ts";
import { toProblems } from "../api/mod.ts";
import { buildKhutulun } from "./application.ts";
import type { CliContext } from "./command.ts";
import { exitCodes } from "./exit_codes.ts";
import { painter } from "./render/colour.ts";
import { findCommand } from "./find_command.ts";
import { formatProblem } from "./render/problems.ts";
import { guardedOutput } from "./render/guarded_output.ts";
import type { Surroundings } from "./surroundings.ts";

/** Runs the command that the arguments say, and returns its exit code. */
export async function runCli(words: readonly string[], world: Surroundings): Promise<number> {
  const { args, it: given } = takeContext(words, world);
  const it = withGuardedOutputs(given);
  const inputs = args.length === 0 ? ["--help"] : args[0] === "--version" ? ["version"] : args;
  const application = buildKhutulun(textsOf(it, args));
  const process = {
    stdout: it.stdout,
    stderr: it.stderr,
    exitCode: undefined as number | undefined,
  };
  const context: CliContext = { process, surroundings: it };
  await run(application, inputs, context as CliContext & { process: typeof process });
  return context.exitCode ??
    (process.exitCode === 0 || process.exitCode === undefined
      ? exitCodes.ok
      : isUsage(process.exitCode)
      ? exitCodes.usage
      : exitCodes.failed);
}

/** What is computed when it is asked for stays so: nothing is copied. */
function withGuardedOutputs(it: Surroundings): Surroundings {
  return Object.create(it, {
    stdout: { value: guardedOutput(it.stdout), enumerable: true },
    stderr: { value: guardedOutput(it.stderr), enumerable: true },
  });
}

/** `khutulun --context NAME …`: the same commands, to a cluster far away. It stands before the command. */
function takeContext(
  words: readonly string[],
  it: Surroundings,
): { readonly args: readonly string[]; readonly it: Surroundings } {
  const [first, second] = words;
  const isJoined = first?.startsWith("--context=");
  if (first !== "--context" && !isJoined) return { args: words, it };
  const name = isJoined ? first.slice("--context=".length) : second;
  if (!name) return { args: words, it };
  const connect = () => it.connectContext(name);
  return { args: words.slice(isJoined ? 1 : 2), it: { ...it, connect } };
}

/** Unknown commands and wrong arguments, as the parser numbers them (-5 and -4, a byte in some places). */
function isUsage(code: number): boolean {
  return [-5, -4, 251, 252].includes(Number(code));
}

/** The parser's own messages, as problems like all others. */
function textsOf(it: Surroundings, args: readonly string[]): ApplicationText {
  const paint = painter(it, it.stderr);
  const usage = (what: string, fix: string) =>
    formatProblem(problem("CLI_USAGE", { what, fix }), paint).trimEnd();
  const words = args.filter((arg) => !arg.startsWith("-"));
  // What comes after the first option may be its value, and no command.
  const firstOption = args.findIndex((arg) => arg.startsWith("-"));
  const commands = firstOption < 0 ? words : args.slice(0, firstOption);
  const seeHelp = (count: number) =>
    `See: khutulun ${commands.slice(0, count).map((word) => `${word} `).join("")}--help`;
  const found = findCommand(commands);
  const unexpected = (error: unknown) =>
    formatProblem(toProblem(error, "run the command"), paint).trimEnd();
  return {
    ...text_en,
    briefs: {
      ...text_en.briefs,
      help: "Prints this",
      argumentEscapeSequence: "What follows are arguments, even with a dash",
    },
    noCommandRegisteredForInput: ({ input, corrections }) =>
      input.startsWith("-") ? usage(unknownOption(input), seeHelp(0)) : usage(
        `There is no command "${input}"`,
        corrections.length > 0
          ? `Did you mean ${corrections.map(quoted).join(" or ")}?`
          : seeHelp(Math.max(0, words.indexOf(input))),
      ),
    exceptionWhileParsingArguments: (error) =>
      usage(
        error instanceof Error
          ? describeArgumentError(error as ArgumentScannerError)
          : String(error),
        error instanceof UnsatisfiedPositionalError && found !== undefined
          ? `Write it as: ${found.usages.map((each) => `khutulun ${each}`).join(", or ")}`
          : seeHelp(found?.words ?? 2),
      ),
    exceptionWhileLoadingCommandFunction: unexpected,
    exceptionWhileLoadingCommandContext: unexpected,
    exceptionWhileRunningCommand: (error) =>
      toProblems(error, "run the command").map((each) => formatProblem(each, paint)).join(""),
  };
}

/** What stands before any command is an option of none, but for `--context`. */
function unknownOption(input: string): string {
  return input.split("=")[0] === "--context"
    ? "The option --context needs a value, and stands before the command"
    : `There is no option "${input}"`;
}

/** The parser puts its corrections in backquotes. */
function quoted(correction: string): string {
  return `"${correction.replaceAll("`", "")}"`;
}

function describeArgumentError(error: ArgumentScannerError): string {
  const text = formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) => {
      const name = input.replace(/^--/, "");
      // The parser's own idea of what is near goes far: every short name is near another.
      const near = nearest(name, corrections.map((each) => each.replace(/^--/, "")));
      return `There is no option "--${name}"${near ? `: did you mean "--${near}"?` : ""}`;
    },
    AliasNotFoundError: ({ input }) => `There is no option "-${input}"`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder, exception }) =>
      `Cannot take the value of ${
        // Placeholders of arguments are in capitals, names of options are not.
        /[a-z]/.test(externalFlagNameOrPlaceholder) ? "--" : ""}${externalFlagNameOrPlaceholder}: ${
        exception instanceof Error ? exception.message : exception
      }`,
    EnumValidationError: ({ externalFlagName, input, values }) =>
      `Cannot take "${input}" for --${externalFlagName}: it is one of ${values.join(", ")}`,
    UnsatisfiedFlagError: ({ externalFlagName }) =>
      `The option --${externalFlagName} needs a value`,
    UnexpectedPositionalError: ({ expectedCount, input }) =>
      `There is one argument too many: "${input}" (the command takes ${expectedCount})`,
    UnsatisfiedPositionalError: ({ placeholder }) =>
      placeholder === "WORD" ? "An argument is missing" : `The argument ${placeholder} is missing`,
    UnexpectedFlagError: ({ externalFlagName }) =>
      `The option --${externalFlagName} is given twice`,
  });
  return text.trim();
}
