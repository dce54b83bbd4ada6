import { parseRef } from "../flags.ts";
import type { LogFlags } from "../service_routes.ts";
import type { Surroundings } from "../surroundings.ts";
import { untilInterrupted, withAgent } from "../with_agent.ts";

/** Lines say which instance they are of where that was not asked. */
export async function showLogs(
  it: Surroundings,
  flags: LogFlags,
  name: string,
  instance?: string,
): Promise<void> {
  const ref = parseRef(name, flags.namespace);
  const input = {
    path: { namespace: ref.namespace, name: ref.service },
    query: { instance, lines: flags.lines, follow: flags.follow },
  };
  await untilInterrupted(it, (signal) =>
    withAgent(it, flags, async (client) => {
      for await (const line of client.stream("logs", input, signal)) {
        const prefix = instance === undefined ? `${line.instance} | ` : "";
        it.stdout.write(`${prefix}${line.text}\n`);
      }
    }));
}
