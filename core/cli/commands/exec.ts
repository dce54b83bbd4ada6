import type { ExecStreams } from "../../api/mod.ts";
import { parseRef } from "../flags.ts";
import { exitCodes } from "../exit_codes.ts";
import type { ExecFlags } from "../service_routes.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";

/** What a terminal shows where ours is none: what such screens once had. */
const usualSize = { rows: 24, columns: 80 };

export async function execInstance(
  it: Surroundings,
  flags: ExecFlags,
  ...words: string[]
): Promise<number> {
  const [name, instance, ...argv] = words;
  const ref = parseRef(name, flags.namespace);
  const terminal = flags.tty
    ? { ...it.terminal?.size() ?? usualSize, term: it.terminal?.type ?? "dumb" }
    : {};
  const input = {
    path: { namespace: ref.namespace, name: ref.service },
    query: { instance, argv, ...terminal },
  };
  const interrupted = new AbortController();
  const unsubscribe = it.onInterrupt(() => interrupted.abort());
  const giveBack = flags.tty ? it.terminal?.lend({ keys: flags.interactive ?? false }) : undefined;
  try {
    return await withAgent(
      it,
      flags,
      (client) => client.exec(input, streamsOf(it, flags), interrupted.signal),
    );
  } catch (error) {
    if (interrupted.signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    giveBack?.();
    unsubscribe();
  }
}

/** An end of input would end a shell at a terminal, so one at which nobody types has no input rather than an empty one. */
function streamsOf(it: Surroundings, flags: ExecFlags): ExecStreams {
  const { terminal } = it;
  return {
    ...(flags.interactive ? { stdin: it.stdin() } : !flags.tty && { stdin: nothing() }),
    stdout: (bytes) => it.stdout.writeBytes(bytes),
    stderr: (bytes) => it.stderr.writeBytes(bytes),
    ...(flags.tty && terminal && {
      onResize(callback) {
        callback(terminal.size()); // it may have changed since we asked for one
        return terminal.onResize(callback);
      },
    }),
  };
}

function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
