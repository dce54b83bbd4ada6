/** Codes of the room `cli/`. */
export const cliCodes = {
  CLI_USAGE: "The command line is not one that Khutulun takes",
  CLI_FILE: "A file named on the command line cannot be used",
  CLI_TIMEOUT: "What was waited for did not come within --timeout",
  CLI_NOT_READY: "The service did not become as it was asked to be",
  CLI_INTERRUPTED: "The command was interrupted",
} as const;
