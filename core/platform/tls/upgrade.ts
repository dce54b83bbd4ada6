import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";

/** What the library's socket has beside the web's; its types are not shipped with it. */
interface NodeWebSocket extends WebSocket {
  emit(event: "open"): void;
}

/** How large one message may be: `exec` sends what a pipe gives at a time. */
const messageBytesMax = 16 * 1024 * 1024;

const server = new WebSocketServer({
  noServer: true,
  maxPayload: messageBytesMax,
  perMessageDeflate: false,
});

interface Upgradable {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Uint8Array;
}

const upgradable = new WeakMap<Request, Upgradable>();

/** Remembers from what a request was made, so that it can become a WebSocket. */
export function noteUpgrade(request: Request, parts: Upgradable): void {
  upgradable.set(request, parts);
}

/** Whether the request has become a WebSocket: there is no answer to write then. */
export function isUpgraded(request: Request): boolean {
  return !upgradable.has(request);
}

/** Returns the two halves of a request that came by TLS, upgraded; nothing where it came another way. */
export function upgradeTlsRequest(
  request: Request,
): { readonly socket: WebSocket; readonly response: Response } | undefined {
  const parts = upgradable.get(request);
  if (!parts) return undefined;
  upgradable.delete(request);
  let socket: NodeWebSocket | undefined;
  server.handleUpgrade(parts.message, parts.socket, parts.head, (made: NodeWebSocket) => {
    socket = made;
  });
  // The library refuses by itself what is no handshake of a WebSocket, and then makes none.
  if (!socket) throw new Error("The request is no handshake of a WebSocket");
  const opened = socket;
  queueMicrotask(() => opened.emit("open")); // open from the start, as the library sees it
  return { socket, response: new Response(null) };
}
