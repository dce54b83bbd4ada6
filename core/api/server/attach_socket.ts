import type { AttachedProcess, TerminalSize } from "../../ports/mod.ts";
import { decodeFrame, encodeFrame, readTaken } from "../attach_frame.ts";
import { FlowWindow } from "../flow_window.ts";
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
  const window = new FlowWindow();
  socket.onmessage = (message) => {
    const frame = decodeFrame(message.data);
    if (frame?.kind === "resize") {
      const size = readSize(frame.payload);
      if (size) started.promise.then((process) => process.resize?.(size), () => {});
      return;
    }
    if (frame?.kind === "taken") return window.taken(readTaken(frame.payload));
    const write = async (it: WritableStreamDefaultWriter<Uint8Array>) => {
      if (frame?.kind === "stdin") await it.write(frame.payload);
      if (frame?.kind === "stdinEnd") await it.close();
    };
    // A process may close its input while we still have some: not a failure.
    stdin = stdin.then(() => writer).then(write).catch(() => {}).then(() => {
      if (frame?.kind === "stdin") tellTaken(socket, frame.payload.length);
    });
  };
  socket.onclose = () => {
    window.close();
    started.promise.then((process) => process.kill("SIGHUP"), () => {});
  };
  socket.onerror = () => socket.close();
  socket.onopen = async () => {
    try {
      const process = await start();
      started.resolve(process);
      tellTaken(socket, 0);
      await Promise.all([
        pump(process.stdout, "stdout", socket, window),
        pump(process.stderr, "stderr", socket, window),
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
  window: FlowWindow,
): Promise<void> {
  for await (const bytes of stream) {
    await window.room();
    while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > waitingBytesMax) {
      await new Promise((resolve) => setTimeout(resolve, catchUpMs));
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    window.sent(bytes.length);
    socket.send(encodeFrame(kind, bytes));
  }
}

/** Says how much of the client's input was passed on, so that it sends more. */
function tellTaken(socket: WebSocket, bytes: number): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame("taken", String(bytes)));
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
