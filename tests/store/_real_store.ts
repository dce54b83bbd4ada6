import { ProblemError } from "../../core/base/mod.ts";
import { LocalFiles, LocalLocks, systemClock, systemRandom } from "../../core/platform/mod.ts";
import type { Files, Locks } from "../../core/ports/mod.ts";
import type { ServiceSpec, StoreOptions } from "../../core/store/mod.ts";

export const shop = { namespace: "default", service: "shop" };

/** Returns what a store on real files is opened with. */
export function storeOptions(
  root: string,
  ports: { readonly files: Files; readonly locks: Locks } = {
    files: new LocalFiles(),
    locks: new LocalLocks(),
  },
): StoreOptions {
  const { files, locks } = ports;
  const writer = { host: "a", boot: "b1" };
  return { clock: systemClock, random: systemRandom, files, locks, root, writer };
}

/** Returns a service document of about that size. */
export function serviceSpec(bytes = 10): ServiceSpec {
  return {
    template: { namespace: "common", kind: "template", name: "t", digest: "d", entry: "e.yaml" },
    inputs: { text: "x".repeat(bytes) },
    plugins: {},
    asked: { at: "2026-01-01T00:00:00Z", by: "me" },
  };
}

/** Returns the code of the problem that `work` ends with, or `none`. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}

/** Runs a command that must succeed. */
export async function must(...[command, ...args]: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}
