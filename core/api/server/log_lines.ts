import type { AttachCommand } from "../../agent/mod.ts";
import type { AttachedProcess, TerminalWish } from "../../ports/mod.ts";
import type { LogLine } from "../views.ts";

const lineCharactersMax = 65_536;
/** How many lines may wait for a reader that is slower than the log; then the command waits too. */
const linesWaitingMax = 1_000;

/** Starts a command whose streams are ours, at a terminal of its own where one is wished for. */
export type Attach = (command: AttachCommand, terminal?: TerminalWish) => AttachedProcess;

/** Runs the commands that show logs and yields their lines as they come, until all end or the signal fires. */
export async function* logLines(
  commands: readonly AttachCommand[],
  attach: Attach,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const processes = startAll(commands, attach);
  const end = () => {
    processes.forEach(({ process }) => process.kill("SIGTERM"));
    room.resolve();
  };
  const waiting: LogLine[] = [];
  let wake = Promise.withResolvers<void>();
  /** Resolved when what has waited was taken, or nobody takes any more. */
  let room = Promise.withResolvers<void>();
  let isOver = false;
  const take = async (instance: string, stream: LogLine["stream"], from: AttachedProcess) => {
    for await (const text of lines(from[stream])) {
      if (isOver) continue; // to the end, so that the command can end too
      waiting.push({ instance, stream, text });
      wake.resolve();
      while (waiting.length > linesWaitingMax && !isOver && !signal.aborted) await room.promise;
    }
  };
  let open = true;
  const all = Promise.all(processes.flatMap(({ command, process }) => [
    take(command.instance, "stdout", process),
    take(command.instance, "stderr", process),
    process.exit,
  ])).finally(() => {
    open = false;
    wake.resolve();
  });
  all.catch(() => {}); // a reader may not come back to hear of it
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    while (open || waiting.length > 0) {
      if (waiting.length === 0) await wake.promise;
      wake = Promise.withResolvers<void>();
      while (waiting.length > 0) yield waiting.shift()!;
      room.resolve();
      room = Promise.withResolvers<void>();
    }
    await all;
  } finally {
    isOver = true;
    signal.removeEventListener("abort", end);
    if (open) end();
    await all.catch(() => {}); // a stream that broke off is the end of its log
  }
}

/** Starts all commands, or none: where one cannot be started, those before it are ended. */
function startAll(commands: readonly AttachCommand[], attach: Attach) {
  const started: { readonly command: AttachCommand; readonly process: AttachedProcess }[] = [];
  try {
    for (const command of commands) started.push({ command, process: attach(command) });
  } catch (error) {
    for (const { process } of started) process.kill("SIGTERM");
    throw error;
  }
  return started;
}

/** Yields the lines of a stream; a longer one than `lineCharactersMax` comes in pieces. */
async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const text = stream as ReadableStream<Uint8Array<ArrayBuffer>>;
  for await (const chunk of text.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + chunk).split("\n");
    rest = pieces.pop()!;
    yield* pieces;
    if (rest.length > lineCharactersMax) {
      yield rest;
      rest = "";
    }
  }
  if (rest) yield rest;
}
