import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { fail, problem, whoGivesWay } from "../../base/mod.ts";
import type { Endpoint, Logger } from "../../ports/mod.ts";
import { peerOf, type TlsPeer } from "./peer.ts";
import { isUpgraded, noteUpgrade } from "./upgrade.ts";

export type { TlsPeer } from "./peer.ts";

/** What one side shows and what it trusts; all PEM. */
export interface TlsCredentials {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

export interface TlsServerOptions {
  readonly at: Endpoint;
  readonly credentials: TlsCredentials;
  /** Answers a request; it must not reject. */
  readonly handle: (request: Request, peer: TlsPeer) => Promise<Response>;
  /** Told of handshakes that came to nothing: at most `reportsMax` in `reportWindowMs`. */
  readonly onRefused?: (from: Endpoint, why: string) => void;
  readonly logger: Logger;
}

export interface TlsServer {
  /** Where it listens; the port is a real one even where 0 was asked for. */
  readonly local: Endpoint;
  /** Shows another certificate from now on; connections that are open stay so. */
  renew(credentials: TlsCredentials): void;
  /** Ends the open connections of those whose certificate was taken at the handshake and is `isGood` no longer. */
  recheck(isGood: (peer: TlsPeer) => boolean): void;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

/** Connections at a time; further ones are closed unserved. */
const connectionsMax = 512;
/**
 * Connections without a certificate of ours, or whose handshake has still to come, of those; then whoever holds the most of them
 * gives way. A host that joins needs one or two.
 */
const strangersMax = 64;
/** How long a handshake, or a stranger's whole visit, may take. */
const strangerMsMax = 20_000;
/** Refused handshakes that are told within `reportWindowMs`; the rest is counted. */
const reportsMax = 20;
const reportWindowMs = 10_000;
/** How much of an address that cannot be read is shown. */
const addressCharactersShown = 200;

/** Serves HTTP by TLS, asking every client for a certificate. `API_ADDRESS_TAKEN` where it cannot listen. */
export async function serveByTls(options: TlsServerOptions): Promise<TlsServer> {
  const { at, credentials, handle } = options;
  const server = https.createServer({
    ...contextOf(credentials),
    requestCert: true,
    rejectUnauthorized: false,
    maxHeaderSize: 16 * 1024,
    headersTimeout: strangerMsMax,
  }, (message, response) => answer(message, response, handle));
  const guard = new ConnectionGuard(options);
  server.on("connection", (socket: Socket) => guard.opened(socket));
  server.on("secureConnection", (socket: TLSSocket) => guard.secured(socket));
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => guard.refused(error, socket));
  server.on("clientError", (_: Error, socket: Duplex) => socket.destroy());
  server.on("upgrade", (message, socket, head) => upgrade(message, socket, head, handle));
  await listen(server, at);
  const { port } = server.address() as AddressInfo;
  return {
    local: { host: at.host, port },
    renew: (next) => server.setSecureContext(contextOf(next)),
    recheck: (isGood) => guard.recheck(isGood),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      guard.close();
      await closed;
    },
  };
}

function contextOf({ certificate, privateKey, authority }: TlsCredentials) {
  return {
    // The authority's own goes along, for a host that joins by its fingerprint.
    cert: `${certificate.trim()}\n${authority}`,
    key: privateKey,
    ca: [authority],
    minVersion: "TLSv1.3" as const,
  };
}

function listen(server: https.Server, { host, port }: Endpoint): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      server.on("error", () => {}); // a connection that could not be accepted: the peer tries again
      resolve();
    });
  });
  return listening.catch((error: Error) => {
    fail("API_ADDRESS_TAKEN", {
      what: `Cannot serve the API at ${host}:${port}`,
      why: error.message,
      fix: "Look who listens there (ss -ltnp), or give the agent another --address",
    });
  });
}

/** Counts and bounds what strangers can hold open. */
class ConnectionGuard {
  readonly #options: TlsServerOptions;
  readonly #open = new Set<Socket | TLSSocket>();
  readonly #strangers = new Map<Socket | TLSSocket, number>();
  /** Those of the open ones that have shown a certificate of ours. */
  readonly #known = new Set<TLSSocket>();
  #reports = { sinceMs: 0, told: 0, dropped: 0 };

  constructor(options: TlsServerOptions) {
    this.#options = options;
  }

  /** A connection whose handshake has still to come. */
  opened(socket: Socket): void {
    if (this.#open.size >= connectionsMax || !this.#makeRoom(socket)) {
      socket.destroy();
      return;
    }
    this.#add(socket);
    this.#limit(socket);
  }

  /** Returns whether one more stranger can be heard, having hung up on another where that was needed. */
  #makeRoom({ remoteAddress = "" }: Socket): boolean {
    if (this.#strangers.size < strangersMax) return true;
    const held = [...this.#strangers.keys()].map((it) => [it, it.remoteAddress ?? ""] as const);
    const stranger = whoGivesWay(held, remoteAddress);
    if (!stranger) return false;
    clearTimeout(this.#strangers.get(stranger));
    this.#strangers.delete(stranger);
    this.#open.delete(stranger);
    stranger.destroy();
    return true;
  }

  secured(socket: TLSSocket): void {
    // The library gives the handshake's socket anew, under the same address.
    for (const [other, timer] of this.#strangers) {
      if (other.remotePort === socket.remotePort && other.remoteAddress === socket.remoteAddress) {
        clearTimeout(timer);
        this.#strangers.delete(other);
      }
    }
    this.#add(socket);
    if (!socket.authorized) return this.#limit(socket);
    this.#known.add(socket);
    socket.once("close", () => this.#known.delete(socket));
  }

  refused(error: Error, socket: TLSSocket): void {
    const { onRefused, logger } = this.#options;
    const nowMs = performance.now();
    if (nowMs - this.#reports.sinceMs >= reportWindowMs) {
      const { dropped } = this.#reports;
      if (dropped > 0) logger.log("warning", "More TLS handshakes failed", { count: dropped });
      this.#reports = { sinceMs: nowMs, told: 0, dropped: 0 };
    }
    if (this.#reports.told++ >= reportsMax) this.#reports.dropped++;
    else {
      const from = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
      logger.log("warning", "A TLS handshake failed", { peer: from.host, why: error.message });
      onRefused?.(from, error.message);
    }
    socket.destroy();
  }

  recheck(isGood: (peer: TlsPeer) => boolean): void {
    for (const socket of [...this.#known]) if (!isGood(peerOf(socket))) socket.destroy();
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    for (const timer of this.#strangers.values()) clearTimeout(timer);
  }

  #add(socket: Socket | TLSSocket): void {
    this.#open.add(socket);
    socket.on("error", () => {}); // a peer that goes away is none
    socket.once("close", () => {
      this.#open.delete(socket);
      clearTimeout(this.#strangers.get(socket));
      this.#strangers.delete(socket);
    });
  }

  #limit(socket: Socket | TLSSocket): void {
    const timer = setTimeout(() => socket.destroy(), strangerMsMax);
    this.#strangers.set(socket, timer as unknown as number);
  }
}

type Handle = TlsServerOptions["handle"];

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  handle: Handle,
): Promise<void> {
  const request = requestOf(message, { withBody: true });
  const answered = request
    ? await handle(request, peerOf(message.socket as TLSSocket))
    : unreadable(message);
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  const reader = answered.body?.getReader();
  // Without a reader there is nobody to tell that the client went away.
  response.on("close", () => reader?.cancel().catch(() => {}));
  try {
    for (;;) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done || response.destroyed) break;
      if (!response.write(chunk.value)) {
        await drained(response);
      }
    }
    response.end();
  } catch {
    response.destroy(); // the client knows by the missing end that it has not all
  }
}

/** Resolves once a response takes more, or its client is gone; nobody listens to it any longer by then. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

async function upgrade(
  message: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  handle: Handle,
): Promise<void> {
  const request = requestOf(message, { withBody: false });
  if (request) noteUpgrade(request, { message, socket, head });
  const answered = request
    ? await handle(request, peerOf(socket as TLSSocket))
    : unreadable(message);
  if (request && isUpgraded(request)) return;
  const body = new Uint8Array(await answered.arrayBuffer());
  const lines = [
    `HTTP/1.1 ${answered.status} Refused`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  socket.end(body);
}

/**
 * Returns the request as the web knows it; nothing where that cannot be: an address like `//`, or the method TRACE. Anybody may
 * send those, without a certificate too, so that nothing may be thrown here.
 */
function requestOf(
  message: IncomingMessage,
  { withBody }: { readonly withBody: boolean },
): Request | undefined {
  const headers = new Headers();
  const method = message.method ?? "GET";
  const hasBody = withBody && method !== "GET" && method !== "HEAD";
  try {
    for (const [name, value] of Object.entries(message.headers)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined) headers.append(name, each);
      }
    }
    // Whatever the host is called: addresses of ours are paths.
    const { pathname, search } = new URL(message.url ?? "/", "https://agent");
    const body = hasBody ? Readable.toWeb(message) as unknown as ReadableStream : undefined;
    const init = { method, headers, body, duplex: "half" };
    return new Request(`https://agent${pathname}${search}`, init);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function unreadable({ method, url }: IncomingMessage): Response {
  const found = problem("API_BAD_REQUEST", {
    what: `Cannot ${method} "${
      url?.slice(0, addressCharactersShown)
    }": no request can be made of it`,
    fix: "See /v1/openapi.json for what there is",
  });
  return Response.json({ problems: [found] }, { status: 400 });
}
