/**
 * The messages of `exec`: one byte that says what follows, then the bytes.
 *
 * The client sends `stdin`, `stdinEnd` and, where the command has a terminal, `resize` (JSON: rows and columns); the server
 * `stdout`, `stderr`, and last `exit` (the code as decimal text) or `problem` (JSON). Both say by `taken` how many bytes of the
 * other's streams they have passed on since the last time (decimal text, first of all 0): see `FlowWindow`.
 */
const frameKinds = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  exit: 3,
  stdinEnd: 4,
  problem: 5,
  resize: 6,
  taken: 7,
} as const;

export type FrameKind = keyof typeof frameKinds;

const names = Object.fromEntries(
  Object.entries(frameKinds).map(([name, number]) => [number, name as FrameKind]),
);

/** Returns a message. */
export function encodeFrame(
  kind: FrameKind,
  payload: Uint8Array | string = "",
): Uint8Array<ArrayBuffer> {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const frame = new Uint8Array(bytes.length + 1);
  frame[0] = frameKinds[kind];
  frame.set(bytes, 1);
  return frame;
}

/** Returns the number of bytes that a message of kind `taken` says. */
export function readTaken(payload: Uint8Array): number {
  return Number(new TextDecoder().decode(payload));
}

/** Returns what a message says; nothing where it is none of ours. */
export function decodeFrame(data: unknown): { kind: FrameKind; payload: Uint8Array } | undefined {
  if (!(data instanceof ArrayBuffer) || data.byteLength === 0) return undefined;
  const bytes = new Uint8Array(data);
  const kind = names[bytes[0]];
  return kind === undefined ? undefined : { kind, payload: bytes.subarray(1) };
}
