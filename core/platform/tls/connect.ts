import https from "node:https";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { WebSocket as NodeWebSocket } from "ws";
import { fail, type Problem, problem, ProblemError } from "../../base/mod.ts";
import type { Endpoint } from "../../ports/mod.ts";
import type { TlsCredentials } from "./serve.ts";

/** A way to an agent by TLS; see `Connection` in `api/`. */
export interface TlsConnection {
  fetch(address: string, init: RequestInit): Promise<Response>;
  openSocket(
    address: string,
    handlers: { readonly message: (data: unknown) => void; readonly close: () => void },
  ): Promise<WebSocket>;
  close(): void;
}

export interface TlsClientOptions {
  /** Tried in this order until one can be reached. */
  readonly endpoints: readonly Endpoint[];
  /** The name that the server's certificate must have. */
  readonly serverName: string;
  /** What is shown; a host that joins has only the authority. */
  readonly credentials: Pick<TlsCredentials, "authority"> & Partial<TlsCredentials>;
  /** How long to wait for a connection, and then for the head of the answer. */
  readonly connectTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

const connectTimeoutMsDefault = 5_000;

/**
 * Returns a way to an agent. Nothing is opened before the first request; one that does not come through is
 * `API_UNREACHABLE`, `TRUST_WRONG_AUTHORITY` where somebody else answers, or `API_CONNECTION_LOST` after it was sent.
 */
export function connectByTls(options: TlsClientOptions): TlsConnection {
  const sockets = new Set<WebSocket>();
  return {
    fetch: (address, init) => firstOf(options, (at) => request(options, at, address, init)),
    openSocket: (address, handlers) =>
      firstOf(options, async (at) => {
        const socket = await openSocket(options, at, address, handlers);
        sockets.add(socket);
        socket.addEventListener("close", () => sockets.delete(socket));
        return socket;
      }),
    close: () => sockets.forEach((socket) => socket.close()),
  };
}

/** What kept a request from being sent: another endpoint may be tried. */
class NotSent extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

async function firstOf<T>(
  { endpoints, serverName }: TlsClientOptions,
  attempt: (at: Endpoint) => Promise<T>,
): Promise<T> {
  let last: NotSent | undefined;
  for (const at of endpoints) {
    try {
      return await attempt(at);
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
      if (isOtherAuthority(error.code)) refuseServer(at, serverName, error);
      last = error;
    }
  }
  const places = endpoints.map(({ host, port }) => `${host}:${port}`).join(", ");
  return fail("API_UNREACHABLE", {
    what: `Cannot reach an agent at ${places || "any address"}`,
    why: last?.message ?? "No address is known",
    fix:
      "Check that its agent runs and that no firewall stands between (TCP, by default port 7947)",
  });
}

function isOtherAuthority(code: string): boolean {
  return /CERT|VERIFY|ALTNAME|SELF_SIGNED|ISSUER/.test(code);
}

function refuseServer({ host, port }: Endpoint, serverName: string, error: NotSent): never {
  if (/EXPIRED|NOT_YET/.test(error.code)) {
    fail("TRUST_CERTIFICATE_EXPIRED", {
      what: `Cannot trust the agent at ${host}:${port}: its certificate is not valid now`,
      why: error.message,
      fix: "Set the clocks right; start that agent again, so that it renews its certificate",
    });
  }
  fail("TRUST_WRONG_AUTHORITY", {
    what: `Cannot trust the agent at ${host}:${port}: it is not "${serverName}"`,
    why: error.message,
    fix: "Check the address; for a context, make it anew on a host of the cluster",
  });
}

function tlsOptions({ serverName, credentials, connectTimeoutMs }: TlsClientOptions, at: Endpoint) {
  const { authority, certificate, privateKey } = credentials;
  return {
    host: at.host,
    port: at.port,
    servername: serverName,
    ca: [authority],
    ...(certificate !== undefined && { cert: certificate, key: privateKey }),
    minVersion: "TLSv1.3" as const,
    timeoutMs: connectTimeoutMs ?? connectTimeoutMsDefault,
  };
}

function request(
  options: TlsClientOptions,
  at: Endpoint,
  address: string,
  init: RequestInit,
): Promise<Response> {
  const { timeoutMs, ...tls } = tlsOptions(options, at);
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const body = init.body as string | undefined;
  const headers = Object.fromEntries(new Headers(init.headers));
  if (body !== undefined) {
    headers["content-length"] = String(new TextEncoder().encode(body).length);
  }
  const sent = https.request({
    ...tls,
    path: address,
    method: init.method ?? "GET",
    headers,
    agent: false,
  });
  let isConnected = false;
  const timer = setTimeout(() => {
    reject(
      new NotSent("ETIMEDOUT", `No connection to ${at.host}:${at.port} within ${timeoutMs} ms`),
    );
    sent.destroy();
  }, timeoutMs);
  sent.on("socket", (socket) =>
    socket.once("secureConnect", () => {
      isConnected = true;
      clearTimeout(timer);
    }));
  const { answerTimeoutMs } = options;
  const late = answerTimeoutMs === undefined ? undefined : setTimeout(() => {
    reject(lost(at, `No answer within ${answerTimeoutMs} ms`));
    sent.destroy();
  }, answerTimeoutMs);
  const settled = () => {
    clearTimeout(timer);
    clearTimeout(late);
  };
  const forgetSignal = () => init.signal?.removeEventListener("abort", abort);
  const abort = () => {
    reject(init.signal!.reason);
    sent.destroy();
  };
  init.signal?.addEventListener("abort", abort, { once: true });
  sent.on("response", (message) => {
    settled();
    const response = responseOf(message);
    message.on("close", forgetSignal);
    resolve(response);
  });
  sent.on("error", (error: NodeJS.ErrnoException) => {
    settled();
    forgetSignal();
    reject(
      isConnected
        ? lost(at, error.message)
        : new NotSent(error.code ?? "", error.message || `Nobody answers at ${at.host}:${at.port}`),
    );
  });
  if (init.signal?.aborted) abort();
  else sent.end(body);
  return promise;
}

/** The request may have been carried out: nobody knows. */
function lost({ host, port }: Endpoint, why: string): ProblemError {
  return new ProblemError(problem("API_CONNECTION_LOST", {
    what: `Cannot finish the request: the agent at ${host}:${port} broke off`,
    why,
    fix: "Look at the agent's own log, then ask again: every command can be repeated",
  }));
}

function responseOf(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    headers.set(name, Array.isArray(value) ? value.join(", ") : value ?? "");
  }
  const status = message.statusCode ?? 500;
  const hasBody = status !== 204 && status !== 304;
  const body = hasBody ? Readable.toWeb(message) as unknown as ReadableStream : null;
  return new Response(body, { status, headers });
}

function openSocket(
  options: TlsClientOptions,
  at: Endpoint,
  address: string,
  handlers: { readonly message: (data: unknown) => void; readonly close: () => void },
): Promise<WebSocket> {
  const { timeoutMs, host, port, ...tls } = tlsOptions(options, at);
  const authority = host.includes(":") ? `[${host}]` : host;
  const socket = new NodeWebSocket(`wss://${authority}:${port}${address}`, {
    ...tls,
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
  }) as unknown as WebSocket & {
    on(event: "unexpected-response", then: (_: unknown, message: IncomingMessage) => void): void;
    on(event: "error", then: (error: NodeJS.ErrnoException) => void): void;
  };
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => handlers.message(data);
  socket.onclose = () => handlers.close();
  socket.onopen = () => resolve(socket);
  socket.on("error", (error) => reject(new NotSent(error.code ?? "", error.message)));
  socket.on("unexpected-response", async (_, message) => {
    const text = await responseOf(message).text();
    reject(refusalOf(text, message.statusCode ?? 500));
  });
  return promise;
}

/** Returns the first problem that a refusal holds. */
function refusalOf(text: string, status: number): Error {
  try {
    const { problems } = JSON.parse(text) as { problems: readonly Problem[] };
    return new ProblemError(problems[0]);
  } catch {
    return new NotSent("", `It answered with status ${status}`);
  }
}
