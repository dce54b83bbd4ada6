import type { Socket } from "node:net";
import type { BusCall, BusConnection, BusSignal } from "./bus.ts";

/** What is used of `@homebridge/dbus-native`; its own types have less. */
interface NativeBus {
  readonly connection: {
    readonly stream: Socket;
    on(event: "message", listener: (message: NativeMessage) => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    once(event: "connect" | "end", listener: () => void): void;
  };
  invoke(message: Record<string, unknown>, callback: NativeCallback): void;
  addMatch(rule: string, callback: NativeCallback): void;
}

interface NativeMessage {
  readonly type: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly body?: readonly unknown[];
}

type NativeCallback = (
  error: { readonly name?: string; readonly message?: string } | null,
  ...body: unknown[]
) => void;

const signalType = 4;
/** A bus that does not answer within this time is taken for dead. */
const answerMsMax = 10_000;

/** Connects to the bus behind a Unix socket. The package is loaded by the first connection. */
export async function connectBus(
  socket: string,
  onSignal: (signal: BusSignal) => void,
): Promise<BusConnection> {
  const native = (await import("@homebridge/dbus-native")).default as unknown as {
    createClient(options: { socket: string }): NativeBus;
  };
  const bus = native.createClient({ socket });
  const { stream } = bus.connection;
  const closed = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // it is looked at only while something is awaited
  bus.connection.on("error", (error) => {
    failed.reject(error);
    stream.destroy();
  });
  stream.once("close", () => {
    failed.reject(new Error("the bus closed the connection"));
    closed.resolve();
  });
  bus.connection.on("message", (message) => {
    if (message.type !== signalType) return;
    const { path = "", member = "", body = [] } = message;
    onSignal({ path, interface: message.interface ?? "", member, body });
  });
  const answered = <T>(ask: (resolve: (value: T) => void, reject: NativeReject) => void) =>
    withDeadline(Promise.race([new Promise<T>(ask), failed.promise]), socket);
  try {
    await answered<void>((resolve) => bus.connection.once("connect", () => resolve()));
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return {
    closed: closed.promise,
    close: () => void stream.destroy(),
    addMatch: (rule) =>
      answered<void>((resolve, reject) =>
        bus.addMatch(rule, (error) => error ? reject(toError(error)) : resolve())
      ),
    call: (call: BusCall) =>
      answered<readonly unknown[]>((resolve, reject) =>
        bus.invoke({ ...call }, (error, ...body) => error ? reject(toError(error)) : resolve(body))
      ),
  };
}

type NativeReject = (error: Error) => void;

function toError(error: { readonly name?: string; readonly message?: string }): Error {
  return new Error([error.name, error.message].filter(Boolean).join(": "));
}

async function withDeadline<T>(work: Promise<T>, socket: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the bus behind "${socket}" does not answer`)),
      answerMsMax,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
