/** Codes of the room `cli/`. */
export const cliCodes = {
  CLI_USAGE: "The command line is not one that Khutulun takes",
} as const;
