import type { AttachCommand, PeerUseCases, UseCases } from "../../agent/mod.ts";
import { fail, type ServiceRef } from "../../base/mod.ts";
import type { OperationsOfKind } from "../operations.ts";
import { type Caller, formatCaller, localCaller } from "./caller.ts";
import type { AnswerOf, InputOf } from "./contract.ts";
import { type Attach, logLines } from "./log_lines.ts";

/** Who asks, and who answers agents. */
export interface Asked {
  readonly caller: Caller;
  readonly peer?: PeerUseCases;
}

/** How each operation with one answer is made of the use cases. */
export const answerHandlers: {
  readonly [Name in OperationsOfKind<"answer">]: (
    agent: UseCases,
    input: InputOf<Name>,
    asked: Asked,
  ) => Promise<AnswerOf<Name>>;
} = {
  status: (agent) => agent.status(),
  doctor: (agent) => agent.doctor(),
  why: (agent, { path }) => agent.why(path.name, path.namespace),

  services: (agent, { query }) => agent.services(query.namespace),
  service: (agent, { path }) => agent.service(refOf(path)),
  deploy: (agent, { path, body }) => agent.deploy({ ref: refOf(path), ...body }),
  delete: (agent, { path, query }) => agent.delete(refOf(path), query),
  plan: (agent, { path, body }) => agent.plan({ ref: refOf(path), ...body }),
  script: (agent, { path, body }) => agent.script({ ref: refOf(path), ...body }),
  history: (agent, { path }) => agent.history(refOf(path)),
  rollback: (agent, { path, body }) => agent.rollback(refOf(path), body),
  restart: (agent, { path, body }) => agent.restart(refOf(path), body.instances ?? []),
  outputs: (agent, { path }) => agent.outputs(refOf(path)),

  instances: (agent, { query }) => agent.instances(query),
  connections: (agent, { query }) => agent.connections(query),
  hosts: (agent) => agent.hosts(),
  host: (agent, { path }) => agent.host(path.host),
  changeHost: (agent, { path, body }) => agent.changeHost(path.host, body),
  loseHost: (agent, { path }) => agent.loseHost(path.host),
  removeHost: async (agent, { path }) => {
    await agent.removeHost(path.host);
    return null;
  },
  cluster: (agent) => agent.cluster(),
  namespaces: (agent) => agent.namespaces(),
  events: (agent, { query }) => agent.events(filterOf(query)),

  packages: (agent, { path, query }) => agent.packages(path.kind, query.namespace),
  package: (agent, { path }) => agent.package(path.kind, path.name, path.namespace),
  register: (agent, { path, body }) =>
    agent.register(path.kind, body.upload, { namespace: path.namespace, name: body.name }),
  removePackage: async (agent, { path }) => {
    await agent.removePackage(path.kind, path.name, path.namespace);
    return null;
  },

  join: ({ trust }, { body }) => trust.join(body),
  async leave({ trust }, _input, { caller }) {
    if (caller.from !== localCaller.from) refuseFarLeave();
    await trust.leave();
    return null;
  },
  tokens: ({ trust }) => trust.tokens(),
  createToken: ({ trust }, { body }, { caller }) => trust.createToken(body, formatCaller(caller)),
  revokeToken: ({ trust }, { path }) => trust.revokeToken(path.id),
  keys: ({ trust }) => trust.keys(),
  rotateKeys: ({ trust }) => trust.rotateKeys(),
  createContext: ({ trust }, { body }) => trust.createContext(body),
  revokeContext: ({ trust }, { path }) => trust.revokeContext(path.name),
  secrets: ({ trust }, { query }) => trust.secrets(query.namespace),
  setSecret: ({ trust }, { path, body }, { caller }) =>
    trust.setSecret(path, body, formatCaller(caller)),
  revealSecret: ({ trust }, { path }) => trust.revealSecret(path),
  async removeSecret({ trust }, { path }) {
    await trust.removeSecret(path);
    return null;
  },
  audit: ({ trust }, { query }) => trust.audited(query.limit ?? 100),

  hostPlan: (_, { body }, { peer }) => peerOf(peer).hostPlan(body),
  ring: async (_, _input, { peer }) => ({ ring: await peerOf(peer).ring() }),
  offerRing: async (_, { body }, { peer }) => ({ ring: await peerOf(peer).offerRing(body.ring) }),
};

/** How each stream of events is made of the use cases. */
export const eventHandlers: {
  readonly [Name in OperationsOfKind<"events">]: (
    agent: UseCases,
    input: InputOf<Name>,
    signal: AbortSignal,
    attach: Attach,
  ) => AsyncIterable<AnswerOf<Name>>;
} = {
  follow: (agent, { path, query }, signal) => agent.follow(refOf(path), query.generation, signal),
  watchEvents: (agent, { query }, signal) => agent.watchEvents(filterOf(query), signal),
  async *logs(agent, { path, query }, signal, attach) {
    const commands: AttachCommand[] = await agent.logs(refOf(path), query.instance, {
      lines: query.lines ?? 100,
      follow: query.follow ?? false,
      here: query.here,
    });
    yield* logLines(commands, attach, signal);
  },
};

/** A context reaches whichever host answers first: it would take out one that nobody has named. */
function refuseFarLeave(): never {
  fail("TRUST_ROLE_REFUSED", {
    what: "Cannot take a host out of the cluster from far away",
    why: "It is not said which host is meant",
    fix: "Run the command on that host; for one whose agent has ended: khutulun host remove HOST",
  });
}

/** Answers what agents ask of each other, where somebody does. */
function peerOf(peer: PeerUseCases | undefined): PeerUseCases {
  return peer ?? fail("API_NOT_FOUND", { what: "Cannot answer another agent: nobody does here" });
}

function refOf(path: { namespace: string; name: string }): ServiceRef {
  return { namespace: path.namespace, service: path.name };
}

function filterOf(query: InputOf<"events">["query"]) {
  const { namespace, service, ...rest } = query;
  return namespace !== undefined && service !== undefined
    ? { ...rest, ref: { namespace, service } }
    : { ...rest, namespace };
}
