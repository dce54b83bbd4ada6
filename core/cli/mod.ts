/**
 * The commands: arguments in, text and an exit code out.
 *
 * It speaks to an agent through `api/` alone, and finds the world in `Surroundings`, so that every command can be tested
 * without a process. What is heavy is loaded by the command that needs it.
 */
export { type Context, parseContext } from "./context.ts";
export { exitCodeMeanings, exitCodes } from "./exit_codes.ts";
export { runCli } from "./run_cli.ts";
export type {
  BuildView,
  ContextFiles,
  InstalledAgent,
  JoinOptions,
  SeedOptions,
  SourceInfo,
  Surroundings,
  TextOutput,
  UserFiles,
  UserTerminal,
} from "./surroundings.ts";
