import type { AttachedProcess } from "../../ports/mod.ts";
import { decodeFrame, encodeFrame } from "../attach_frame.ts";
import { toProblems } from "../problems_error.ts";

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
        pump(process.stdout, (bytes) => socket.send(encodeFrame("stdout", bytes))),
        pump(process.stderr, (bytes) => socket.send(encodeFrame("stderr", bytes))),
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
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const bytes of stream) take(bytes);
}
