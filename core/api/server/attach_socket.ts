import type { AttachedProcess, TerminalSize } from "../../ports/mod.ts";
import { decodeFrame, encodeFrame } from "../attach_frame.ts";
import { charactersMax } from "../terminal.ts";
import { toProblems } from "../problems_error.ts";

/** How much output may wait for a client that reads slowly before the command waits too. */
const waitingBytesMax = 1024 * 1024;

/** How often it is looked whether such a client has caught up. */
const catchUpMs = 5;

/**
 * Joins a process to a WebSocket by the messages of `attach_frame.ts`, until either ends: a client that goes away hangs up
 * the process.
 */
export function attachSocket(socket: WebSocket, start: () => Promise<AttachedProcess>): void {
  socket.binaryType = "arraybuffer";
  const started = Promise.withResolvers<AttachedProcess>();
  const writer = started.promise.then((process) => process.stdin.getWriter());
  writer.catch(() => {}); // that it did not start is told to the client below
  let stdin: Promise<unknown> = writer;
  socket.onmessage = (message) => {
    const frame = decodeFrame(message.data);
    if (frame?.kind === "resize") {
      const size = readSize(frame.payload);
      if (size) started.promise.then((process) => process.resize?.(size), () => {});
      return;
    }
    const write = async (it: WritableStreamDefaultWriter<Uint8Array>) => {
      if (frame?.kind === "stdin") await it.write(frame.payload);
      if (frame?.kind === "stdinEnd") await it.close();
    };
    // A process may close its input while we still have some: not a failure.
    stdin = stdin.then(() => writer).then(write).catch(() => {});
  };
  socket.onclose = () => started.promise.then((process) => process.kill("SIGHUP"), () => {});
  socket.onerror = () => socket.close();
  socket.onopen = async () => {
    try {
      const process = await start();
      started.resolve(process);
      await Promise.all([
        pump(process.stdout, "stdout", socket),
        pump(process.stderr, "stderr", socket),
      ]);
      socket.send(encodeFrame("exit", String(await process.exit)));
    } catch (error) {
      started.reject(error);
      if (socket.readyState === WebSocket.OPEN) {
        const problems = toProblems(error, "run the command");
        socket.send(encodeFrame("problem", JSON.stringify({ problems })));
      }
    }
    if (socket.readyState === WebSocket.OPEN) socket.close(1000);
  };
}

async function pump(
  stream: ReadableStream<Uint8Array>,
  kind: "stdout" | "stderr",
  socket: WebSocket,
): Promise<void> {
  for await (const bytes of stream) {
    while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > waitingBytesMax) {
      await new Promise((resolve) => setTimeout(resolve, catchUpMs));
    }
    socket.send(encodeFrame(kind, bytes));
  }
}

/** Returns the size that a client says; nothing where no terminal can have it. */
function readSize(payload: Uint8Array): TerminalSize | undefined {
  try {
    const { rows, columns } = JSON.parse(new TextDecoder().decode(payload)) as TerminalSize;
    const isSize = (it: unknown) =>
      Number.isInteger(it) && Number(it) > 0 && Number(it) <= charactersMax;
    return isSize(rows) && isSize(columns) ? { rows, columns } : undefined;
  } catch {
    return undefined;
  }
}
