import { Hono } from "hono";
import type { Context } from "hono";
import type { z } from "zod";
import type { PeerUseCases, UseCases } from "../../agent/mod.ts";
import { fail, hasErrors, type Problem, problem } from "../../base/mod.ts";
import type { Logger, TerminalWish } from "../../ports/mod.ts";
import { type OperationName, operations, type OperationShape } from "../operations.ts";
import { statusOf } from "../problem_kind.ts";
import { toProblems } from "../problems_error.ts";
import { type Caller, checkAccess, formatCaller, localCaller } from "./caller.ts";
import { attachSocket } from "./attach_socket.ts";
import { contract, type InputOf, type OperationSchemas } from "./contract.ts";
import { eventStream } from "./event_stream.ts";
import { answerHandlers, eventHandlers } from "./handlers.ts";
import type { Attach } from "./log_lines.ts";
import { openApi } from "./openapi.ts";

/** How much one request may hold: uploads are base64 in JSON. */
export const bodyBytesMax = 128 * 1024 * 1024;
/** How much a request of somebody unknown may hold: what a host that joins sends. */
const strangerBodyBytesMax = 16 * 1024;
/**
 * How much more of a body that is too large is read, and thrown away, before it is refused: who is hung up on while it still
 * sends may never see why.
 */
const discardedBytesMax = 1024 * 1024;
/** How much of an address the audit log keeps. */
const subjectCharactersMax = 200;

/** What has changed nothing where its answer has errors. */
const changing: ReadonlySet<OperationName> = new Set(
  ["deploy", "delete", "restart", "rollback", "register"] as const,
);

export interface ApiServerOptions {
  readonly agent: UseCases;
  /** Answers what agents of other hosts ask. */
  readonly peer?: PeerUseCases;
  readonly attach: Attach;
  /** Makes a WebSocket of a request. */
  readonly upgrade: (
    request: Request,
  ) => { readonly socket: WebSocket; readonly response: Response };
  readonly version: string;
  readonly logger: Logger;
  readonly bodyBytesMax?: number;
}

/** The API of one agent: requests in, answers out. It listens to nothing by itself. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #app = new Hono<ApiEnvironment>();
  readonly #closing = new AbortController();
  readonly #sockets = new Set<WebSocket>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#app.get("/v1/openapi.json", (context) => context.json(openApi(options.version)));
    for (const [name, shape] of Object.entries(operations) as [OperationName, OperationShape][]) {
      const path = shape.path.replaceAll(/\{(\w+)\}/g, ":$1");
      this.#app.on(shape.method, path, (context) => this.#serve(name, shape, context));
    }
    this.#app.notFound((context) =>
      this.#refuse([problem("API_NOT_FOUND", {
        what: `Cannot ${context.req.method} "${context.req.path}": there is no such address`,
        fix: "See /v1/openapi.json for what there is",
      })])
    );
    this.#app.onError((error) => this.#refuse(toProblems(error, "answer the request")));
  }

  /** Answers one request; never rejects. Who may open the agent's own socket is an administrator. */
  async fetch(request: Request, caller: Caller = localCaller): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isOpen = Object.values<OperationShape>(operations)
      .some(({ access, path }) => access === "anyone" && path === pathname);
    if (caller.role !== "none" || isOpen) return await this.#app.fetch(request, { caller });
    try {
      checkAccess({ kind: "answer", method: "GET", path: pathname, summary: "ask" }, caller);
    } catch (error) {
      const problems = toProblems(error, "answer the request");
      await this.#audit(caller, `${request.method} ${pathname}`, pathname, problems);
      return this.#refuse(problems);
    }
    return await this.#app.fetch(request, { caller });
  }

  /** Ends every stream that is still open, so that the listener can shut down. */
  close(): void {
    this.#closing.abort();
    for (const socket of this.#sockets) socket.close(1001);
  }

  /** Answers one request, and writes who has asked for what where it may change something. */
  async #serve(name: OperationName, shape: OperationShape, context: ApiContext): Promise<Response> {
    const { caller } = context.env;
    const isChange = shape.kind === "duplex" || (shape.method !== "GET" && !shape.isReading);
    try {
      checkAccess(shape, caller);
      const response = await this.#answer(name, shape, context);
      if (isChange) {
        const problems = response.status < 400 ? [] : await problemsIn(response.clone());
        await this.#audit(caller, name, subjectOf(context), problems);
      }
      return response;
    } catch (error) {
      const problems = toProblems(error, "answer the request");
      const isRefused = caller.role === "none" || problems[0].code.startsWith("TRUST_ROLE_");
      if (isChange || isRefused) await this.#audit(caller, name, subjectOf(context), problems);
      throw error;
    }
  }

  /** A request that somebody unknown makes in vain was refused; that of somebody known has failed. */
  async #audit(
    caller: Caller,
    what: string,
    path: string,
    problems: readonly Problem[],
  ): Promise<void> {
    const [first] = problems;
    const isRefused = caller.role === "none" || first?.code.startsWith("TRUST_ROLE_");
    await this.#options.agent.trust.audit({
      who: formatCaller(caller),
      from: caller.from,
      what: what.slice(0, subjectCharactersMax),
      subject: path.replace("/v1/", "").slice(0, subjectCharactersMax),
      outcome: first === undefined ? "done" : isRefused ? "refused" : "failed",
      ...(first && { code: first.code }),
    });
  }

  async #answer(
    name: OperationName,
    shape: OperationShape,
    context: ApiContext,
  ): Promise<Response> {
    const { agent, attach, peer } = this.#options;
    const input = await readInput(contract[name], context, this.#options);
    if (name === "join") context.set("host", (input as InputOf<"join">).body.host);
    if (shape.kind === "events") {
      const handler = eventHandlers[name as keyof typeof eventHandlers];
      return eventStream<unknown>(
        (signal) => handler(agent, input as never, signal, attach),
        {
          doing: shape.summary.toLowerCase(),
          idOf: name === "watchEvents" ? (event) => (event as { id: string }).id : undefined,
          closing: this.#closing.signal,
        },
      );
    }
    if (shape.kind === "duplex") return this.#exec(input as never, context.req.raw);
    const handler = answerHandlers[name as keyof typeof answerHandlers];
    const answer = await handler(agent, input as never, { caller: context.env.caller, peer });
    const problems = changing.has(name)
      ? (answer as { problems: readonly Problem[] }).problems
      : [];
    return hasErrors(problems) ? this.#refuse(problems) : context.json(answer as object | null);
  }

  #exec(
    { path, query }: InputOf<"exec">,
    request: Request,
  ): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      fail("API_BAD_REQUEST", {
        what: "Cannot run a command by a plain request",
        why: "Its input and output are sent over a WebSocket",
        fix: "Use khutulun service exec, or a WebSocket client",
      });
    }
    const { socket, response } = this.#options.upgrade(request);
    this.#sockets.add(socket);
    socket.addEventListener("close", () => this.#sockets.delete(socket));
    attachSocket(socket, async () => {
      const ref = { namespace: path.namespace, service: path.name };
      return this.#options.attach(
        await this.#options.agent.exec(ref, query.instance, query.argv, { here: query.here }),
        terminalOf(query),
      );
    });
    return response;
  }

  #refuse(problems: readonly Problem[]): Response {
    for (const each of problems) {
      if (each.code === "BASE_INTERNAL") {
        this.#options.logger.log("error", each.what, { why: each.why });
      }
    }
    return Response.json({ problems }, { status: statusOf(problems) });
  }
}

function terminalOf({ rows, columns, term }: InputOf<"exec">["query"]): TerminalWish | undefined {
  if (rows === undefined || columns === undefined) return undefined;
  return { rows, columns, type: term ?? "dumb" };
}

interface ApiEnvironment {
  readonly Bindings: { readonly caller: Caller };
  /** The host that wants to join: the address does not say it. */
  readonly Variables: { host?: string };
}

type ApiContext = Context<ApiEnvironment>;

/** Returns what a request is about, for the audit log. */
function subjectOf(context: ApiContext): string {
  const host = context.get("host");
  return host === undefined ? context.req.path : `${context.req.path}/${host}`;
}

async function problemsIn(response: Response): Promise<readonly Problem[]> {
  return (await response.json() as { problems: readonly Problem[] }).problems;
}

/** Returns what a request holds, checked; throws `API_BAD_REQUEST` or `API_BODY_TOO_LARGE`. */
async function readInput(
  schemas: OperationSchemas,
  context: ApiContext,
  options: ApiServerOptions,
): Promise<unknown> {
  const query = Object.fromEntries(
    Object.entries(context.req.queries()).map((
      [name, values],
    ) => [name, values.length === 1 ? values[0] : values]),
  );
  const lastEvent = context.req.header("last-event-id");
  if (lastEvent && schemas === contract.watchEvents) query.after ??= lastEvent;
  return {
    path: schemas.path && check(schemas.path, context.req.param(), "address"),
    query: schemas.query && check(schemas.query, query, "query"),
    body: schemas.body && check(
      schemas.body,
      await readBody(
        context.req.raw,
        context.env.caller.role === "none"
          ? strangerBodyBytesMax
          : options.bodyBytesMax ?? bodyBytesMax,
      ),
      "body",
    ),
  };
}

function check(schema: z.ZodType, value: unknown, part: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue.path.map(String).join(".");
  fail("API_BAD_REQUEST", {
    what: `Cannot read the request's ${part}: ${path ? `"${path}": ` : ""}${issue.message}`,
    where: { path: path || part },
    fix: "See /v1/openapi.json for the form that it must have",
  });
}

async function readBody(request: Request, bytesMax: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length <= bytesMax) chunks.push(chunk);
    else chunks.length = 0;
    if (length > bytesMax + discardedBytesMax) break;
  }
  if (length > bytesMax) {
    fail("API_BODY_TOO_LARGE", {
      what: `Cannot take the request: its body is larger than ${bytesMax} bytes`,
      fix: "Keep large artifacts out of the template: name them by URL",
    });
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    fail("API_BAD_REQUEST", {
      what: "Cannot read the request's body: it is not JSON",
      why: (error as Error).message,
    });
  }
}
