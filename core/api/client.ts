import { fail, type Problem } from "../base/mod.ts";
import type { TerminalSize } from "../ports/mod.ts";
import { decodeFrame, encodeFrame, readTaken } from "./attach_frame.ts";
import { FlowWindow } from "./flow_window.ts";
import { addressOf, type OperationName, operations, type OperationsOfKind } from "./operations.ts";
import { ProblemsError } from "./problems_error.ts";
import type { AnswerOf, InputOf } from "./server/contract.ts";

/** A way to one agent: over a Unix socket, or in memory for tests. Failures to reach it are `ProblemError`s. */
export interface Connection {
  fetch(address: string, init: RequestInit): Promise<Response>;
  /** The handlers are there before anything can come. */
  openSocket(address: string, handlers: SocketHandlers): Promise<WebSocket>;
  close(): void;
}

export interface SocketHandlers {
  readonly message: (data: unknown) => void;
  readonly close: () => void;
}

/** The streams that `exec` joins to the command's. */
export interface ExecStreams {
  /** Absent, the command's input stays open and empty: a terminal at which nobody types. */
  readonly stdin?: ReadableStream<Uint8Array>;
  /** What is returned is waited for before much more is asked for: who reads slowly has it come slowly. */
  readonly stdout: (bytes: Uint8Array) => unknown;
  readonly stderr: (bytes: Uint8Array) => unknown;
  /** Calls back when the terminal that is typed at has another size, until what is returned is called. */
  readonly onResize?: (callback: (size: TerminalSize) => void) => () => void;
}

interface AnyInput {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
}

/**
 * Speaks to an agent; typed by the schemas that the server checks by, without loading them.
 *
 * What the agent refuses is thrown as a `ProblemsError`.
 */
export class Client {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Calls an operation that has one answer. */
  async call<Name extends OperationsOfKind<"answer">>(
    name: Name,
    input: InputOf<Name>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<Name>> {
    const response = await this.#request(name, input as AnyInput, signal);
    return await response.json() as AnswerOf<Name>;
  }

  /** Calls an operation that answers with events, and yields them. */
  async *stream<Name extends OperationsOfKind<"events">>(
    name: Name,
    input: InputOf<Name>,
    signal?: AbortSignal,
  ): AsyncGenerator<AnswerOf<Name>> {
    const response = await this.#request(name, input as AnyInput, signal);
    for await (const { event, data } of readEvents(response.body!)) {
      if (event === "end") return;
      if (event === "problem") {
        throw new ProblemsError((JSON.parse(data) as { problems: Problem[] }).problems);
      }
      yield JSON.parse(data) as AnswerOf<Name>;
    }
    fail("API_CONNECTION_LOST", {
      what: "Cannot go on watching: the agent went away",
      fix: "Look whether the agent runs, then ask again",
    });
  }

  /** Runs a command where an instance runs, and returns its exit code. */
  async exec(
    input: InputOf<"exec">,
    streams: ExecStreams,
    signal?: AbortSignal,
  ): Promise<number> {
    const { path, query } = input as AnyInput;
    const ended = Promise.withResolvers<number>();
    ended.promise.catch(() => {}); // it may end before anybody waits for it
    const window = new FlowWindow();
    const opened = Promise.withResolvers<WebSocket>();
    opened.promise.catch(() => {});
    const tellTaken = async (bytes: number) => {
      const socket = await opened.promise;
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame("taken", String(bytes)));
    };
    const socket = await this.#connection.openSocket(addressOf("exec", path, query), {
      message: (data) => take(data, streams, { ended, window, tellTaken }),
      close: () => {
        window.close();
        ended.reject(new ProblemsError([lostWhileRunning]));
      },
    });
    opened.resolve(socket);
    tellTaken(0);
    const leave = () => {
      socket.close();
      ended.reject(signal!.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    if (signal?.aborted) leave(); // while the socket was being opened
    const reader = streams.stdin?.getReader();
    if (reader) sendInput(reader, socket, window);
    const unsubscribe = streams.onResize?.((size) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(encodeFrame("resize", JSON.stringify(size)));
    });
    try {
      return await ended.promise;
    } finally {
      unsubscribe?.();
      signal?.removeEventListener("abort", leave);
      window.close();
      reader?.cancel().catch(() => {});
      if (socket.readyState === WebSocket.OPEN) socket.close();
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #request(name: OperationName, input: AnyInput, signal?: AbortSignal): Promise<Response> {
    const response = await this.#connection.fetch(addressOf(name, input.path, input.query), {
      method: operations[name].method,
      signal,
      ...(input.body !== undefined && {
        body: JSON.stringify(input.body),
        headers: { "content-type": "application/json" },
      }),
    });
    if (response.ok) return response;
    throw new ProblemsError(await problemsOf(response));
  }
}

/** Takes one message of the server's. */
function take(
  data: unknown,
  streams: ExecStreams,
  { ended, window, tellTaken }: {
    readonly ended: PromiseWithResolvers<number>;
    readonly window: FlowWindow;
    readonly tellTaken: (bytes: number) => void;
  },
): void {
  const frame = decodeFrame(data);
  if (frame?.kind === "stdout" || frame?.kind === "stderr") {
    const { kind, payload } = frame;
    Promise.resolve(streams[kind](payload)).then(() => tellTaken(payload.length), () => {});
  }
  if (frame?.kind === "taken") window.taken(readTaken(frame.payload));
  if (frame?.kind === "exit") ended.resolve(Number(new TextDecoder().decode(frame.payload)));
  if (frame?.kind === "problem") {
    const { problems } = JSON.parse(new TextDecoder().decode(frame.payload));
    ended.reject(new ProblemsError(problems as Problem[]));
  }
}

const lostWhileRunning: Problem = {
  code: "API_CONNECTION_LOST",
  severity: "error",
  what: "Cannot go on running the command: the agent went away",
  fix: "Look whether the agent runs, then run the command again",
};

async function sendInput(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  socket: WebSocket,
  window: FlowWindow,
): Promise<void> {
  try {
    for (;;) {
      await window.room();
      const { done, value } = await reader.read();
      if (socket.readyState !== WebSocket.OPEN) return;
      window.sent(value?.length ?? 0);
      socket.send(encodeFrame(done ? "stdinEnd" : "stdin", value));
      if (done) return;
    }
  } catch {
    // The command ended, or our own input did: either way there is nothing more to send.
  }
}

async function problemsOf(response: Response): Promise<readonly Problem[]> {
  const text = await response.text();
  try {
    const { problems } = JSON.parse(text) as { problems: readonly Problem[] };
    if (Array.isArray(problems)) return problems;
  } catch {
    // Not one of our answers: said below.
  }
  fail("API_CONNECTION_LOST", {
    what: `Cannot read the answer: HTTP status ${response.status} without problems`,
    why: text.slice(0, 200) || undefined,
  });
}

/** Yields server-sent events (WHATWG HTML, section 9.2.6) as far as our own server writes them. */
async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ event: string; data: string }> {
  let rest = "";
  const bytes = body as ReadableStream<Uint8Array<ArrayBuffer>>;
  for await (const chunk of bytes.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => {
          const at = line.indexOf(": ");
          return [line.slice(0, at), line.slice(at + 2)] as const;
        }),
      );
      const data = fields.get("data");
      if (data !== undefined) yield { event: fields.get("event") ?? "message", data };
    }
  }
}
