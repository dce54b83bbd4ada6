/**
 * What `main.ts` joins to speak by TLS: the API for other hosts and for people far away, the agents of other hosts, and the
 * door of a cluster that a host joins by. It is loaded where one of them is needed.
 */
import type { Agent, HostTrust, JoinDoor, Peers } from "../core/agent/mod.ts";
import { attachThrough, Client, type Connection, ProblemsError } from "../core/api/mod.ts";
import type { ApiServer, Caller } from "../core/api/server/mod.ts";
import { fail, parseEndpoint, ProblemError } from "../core/base/mod.ts";
import {
  connectByTls,
  readServerAuthority,
  serveByTls,
  type TlsPeer,
  type TlsServer,
} from "../core/platform/tls/mod.ts";
import type { Clock, Endpoint, Logger } from "../core/ports/mod.ts";
import { clusterServerName, hostServerName, identityOf } from "../core/trust/mod.ts";

/** How long agents wait for each other: a plan of a large service takes a while. */
const peerTimeouts = { connectTimeoutMs: 3_000, answerTimeoutMs: 60_000 };
const joinTimeoutMs = 10_000;

/** How long connections of those who were revoked stay open; what they ask meanwhile is refused. */
const revokedGraceMs = 5_000;

export interface TlsApiOptions {
  readonly agent: Agent;
  readonly api: ApiServer;
  readonly trust: HostTrust;
  readonly at: Endpoint;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves the API to holders of a certificate, and publishes where. */
export async function serveTlsApi(
  { agent, api, trust, at, clock, logger }: TlsApiOptions,
): Promise<{ close(): Promise<void> }> {
  const server = await listenAsBefore(agent, at, (at) =>
    serveByTls({
      at,
      credentials: trust.credentials,
      handle: (request, peer) => api.fetch(request, callerOf(peer, trust, clock.nowMs())),
      onRefused: ({ host }, why) => {
        agent.useCases.trust.audit({
          who: "nobody",
          from: host,
          what: "handshake",
          subject: why.slice(0, 200),
          outcome: "refused",
        });
      },
      logger,
    }));
  const stop = followTrust(trust, server, clock);
  await agent.announce({ api: server.local });
  logger.log("info", "The agent answers by TLS", { ...server.local });
  return {
    async close() {
      stop();
      await server.close();
    },
  };
}

/** Any free port is best the one of the agent's last life. */
async function listenAsBefore(
  { apiBefore }: Agent,
  at: Endpoint,
  listen: (at: Endpoint) => Promise<TlsServer>,
): Promise<TlsServer> {
  if (at.port !== 0 || apiBefore === undefined) return await listen(at);
  return await listen({ ...at, port: apiBefore.port }).catch(() => listen(at));
}

/**
 * Shows the host's newest certificate, and ends what is still open of whoever was revoked: a stream asks for nothing more that
 * could be refused. Who has revoked itself gets its answer first.
 */
function followTrust(trust: HostTrust, server: TlsServer, clock: Clock): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const recheck = () =>
    server.recheck((peer) => callerOf(peer, trust, clock.nowMs()).role !== "none");
  const stopFollowing = trust.onChange(() => {
    server.renew(trust.credentials);
    clearTimeout(timer);
    timer = setTimeout(recheck, revokedGraceMs);
  });
  return () => {
    stopFollowing();
    clearTimeout(timer);
  };
}

function callerOf({ from, certificate }: TlsPeer, { ring }: HostTrust, nowMs: number): Caller {
  return { ...identityOf(certificate, nowMs, ring.revoked), from: from.host };
}

/** The agents of other hosts, each known by the name in its certificate. */
export function tlsPeers(trust: HostTrust, cluster: string): Peers {
  return {
    of({ id, api }) {
      const client = () =>
        new Client(connectByTls({
          endpoints: [api],
          serverName: hostServerName(cluster, id),
          credentials: trust.credentials,
          ...peerTimeouts,
        }));
      return {
        hostPlan: (request) => answerOf(client().call("hostPlan", { body: request })),
        attach: (request, terminal) => attachThrough(client(), request, terminal),
        ring: async () => (await answerOf(client().call("ring", {}))).ring,
        offerRing: async (ring) =>
          (await answerOf(client().call("offerRing", { body: { ring } }))).ring,
      };
    },
  };
}

/** Agents ask each other for one thing at a time: the first of what the other refuses is why. */
async function answerOf<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof ProblemsError ? new ProblemError(error.problems[0]) : error;
  }
}

/** How a host that joins reaches one of the cluster: unknown at first, then by the authority that the token pins. */
export const joinDoor: JoinDoor = {
  authorityOf: (at, serverName) =>
    readServerAuthority(at, { serverName, timeoutMs: joinTimeoutMs }),

  ask(at, serverName, authority, request) {
    const client = new Client(connectByTls({
      endpoints: [at],
      serverName,
      credentials: { authority: pemOf(authority) },
      connectTimeoutMs: joinTimeoutMs,
      answerTimeoutMs: 60_000,
    }));
    return client.call("join", { body: request });
  },
};

function pemOf(der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** What a context file holds; see `context` in `cli/`. */
interface ContextParts {
  readonly cluster: { readonly id: string };
  readonly endpoints: readonly string[];
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** Returns a way to a cluster from far away. */
export function connectContext(context: ContextParts): Connection {
  const { cluster, endpoints, certificate, privateKey, authority } = context;
  const places = endpoints.flatMap((text) => parseEndpoint(text) ?? []);
  if (places.length === 0) {
    fail("API_UNREACHABLE", {
      what: "Cannot use the context: it names no address",
      fix: "Make it anew on a host of the cluster: khutulun context create NAME",
    });
  }
  return connectByTls({
    endpoints: places,
    serverName: clusterServerName(cluster.id),
    credentials: { certificate, privateKey, authority },
  });
}
