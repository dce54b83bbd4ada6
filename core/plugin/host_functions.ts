import type { HostFunctionInputs } from "./contract.ts";

/** Every host function by name, as guests import them from `extism:host/user`. */
export const hostFunctionNames: readonly HostFunctionName[] = [
  "exec",
  "read_file",
  "list_dir",
  "write_file",
  "remove_file",
  "spawn",
  "end",
  "call_plugin",
  "lookup",
  "http",
  "log",
  "panic",
];

export type HostFunctionName = keyof HostFunctionInputs;
