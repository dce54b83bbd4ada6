import { fail } from "../base/mod.ts";

/** How a cluster is spoken to from far away. Whoever has it is an administrator. */
export interface Context {
  readonly format: 1;
  readonly name: string;
  readonly cluster: { readonly id: string; readonly name: string };
  /** `address:port` of hosts. */
  readonly endpoints: readonly string[];
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** Whether a context can be called so; its name stands in a file's name and in a certificate. */
export function isContextName(name: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(name) && name !== "none";
}

export function formatContext(context: Context): string {
  return `${JSON.stringify(context, null, 2)}\n`;
}

/** Returns the context of a text; `file` is where it came from. */
export function parseContext(text: string, file: string): Context {
  let json: Partial<Context> | null = null;
  try {
    json = JSON.parse(text);
  } catch {
    // said below
  }
  const isWhole = json?.format === 1 && Array.isArray(json.endpoints) &&
    typeof json.cluster?.id === "string" && isContextName(String(json.name)) &&
    [json.authority, json.certificate, json.privateKey].every((part) => typeof part === "string");
  if (isWhole) return json as Context;
  return fail("CLI_FILE", {
    what: `Cannot use "${file}" as a context`,
    why: "It holds something else, or was made by another version",
    fix: "Make it anew on a host of the cluster: khutulun context create NAME --to FILE",
  });
}
