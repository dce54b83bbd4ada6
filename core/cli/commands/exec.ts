import { parseRef } from "../flags.ts";
import { exitCodes } from "../exit_codes.ts";
import type { ServiceFlags } from "../service_routes.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";

export async function execInstance(
  it: Surroundings,
  flags: ServiceFlags,
  ...words: string[]
): Promise<number> {
  const [name, instance, ...argv] = words;
  const ref = parseRef(name, flags.namespace);
  const input = {
    path: { namespace: ref.namespace, name: ref.service },
    query: { instance, argv },
  };
  const interrupted = new AbortController();
  const unsubscribe = it.onInterrupt(() => interrupted.abort());
  try {
    return await withAgent(it, flags, (client) =>
      client.exec(input, {
        stdin: it.stdin(),
        stdout: (bytes) => it.stdout.writeBytes(bytes),
        stderr: (bytes) => it.stderr.writeBytes(bytes),
      }, interrupted.signal));
  } catch (error) {
    if (interrupted.signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    unsubscribe();
  }
}
