/**
 * The terminal, standard streams and files of whoever started this process: what `cli/` needs of Deno.
 */
export { UserContexts } from "./context_files.ts";
export { onInterrupt } from "./interrupt.ts";
export { StandardOutput } from "./standard_output.ts";
export { userFiles } from "./user_files.ts";
export { userTerminal } from "./user_terminal.ts";
