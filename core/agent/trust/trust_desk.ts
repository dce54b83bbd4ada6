import { fail, type Problem, ProblemError } from "../../base/mod.ts";
import type { Random } from "../../ports/mod.ts";
import type { AuditEntry, SecretRef } from "../../store/mod.ts";
import {
  certificateLifeMs,
  checkClock,
  createRing,
  formatRing,
  isLostRing,
  issueTimeMs,
  openRequest,
  parseRing,
} from "../../trust/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { AuditTrail } from "./audit_trail.ts";
import { HostTrust } from "./host_trust.ts";
import { KeyDesk } from "./key_desk.ts";
import { liveEndpoints, type OtherHost, otherHosts } from "./live_hosts.ts";
import { proofPath } from "./proof.ts";
import { SecretDesk } from "./secret_desk.ts";
import { TokenDesk } from "./token_desk.ts";
import type {
  ContextAnswer,
  ContextRequest,
  JoinAnswer,
  JoinRequest,
  KeysView,
  SecretRequest,
  SecretView,
  TokenAnswer,
  TokenOptions,
  TokenView,
  TrustUseCases,
} from "./trust_use_cases.ts";

/** All that needs a host's trust, made once where it has some. */
interface Desks {
  readonly trust: HostTrust;
  readonly tokens: TokenDesk;
  readonly keys: KeyDesk;
  readonly secrets: SecretDesk;
}

/** What an agent does about who may speak in its cluster. An agent without trust (in a simulation) refuses all of it. */
export class TrustDesk implements TrustUseCases {
  readonly #context: AgentContext;
  readonly #audit: AuditTrail;
  readonly #desks: Desks | undefined;
  readonly #random: Random;
  readonly #onLeft: () => void;

  constructor(
    context: AgentContext,
    trust: HostTrust | undefined,
    random: Random,
    onLeft: () => void,
  ) {
    this.#context = context;
    this.#audit = new AuditTrail(context);
    this.#random = random;
    this.#onLeft = onLeft;
    this.#desks = trust && {
      trust,
      tokens: new TokenDesk(context, trust, random),
      keys: new KeyDesk(context, trust, random),
      secrets: new SecretDesk(context, trust, random),
    };
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    const { trust, tokens } = this.#need();
    const { host, clock, cluster, stateFiles, options } = this.#context;
    await tokens.check(request.token, request.secret, request.host);
    checkClock(
      { host: request.host, nowMs: request.nowMs },
      { host, nowMs: clock.nowMs() },
    );
    if (request.cluster !== cluster.id) {
      fail("TRUST_OTHER_CLUSTER", {
        what: `Cannot join cluster "${cluster.name}"`,
        why:
          `The state of "${request.host}" is of cluster ${request.cluster}; ours is ${cluster.id}`,
        fix: "Mount the state of this cluster there, or use a token of the other cluster",
      });
    }
    const proof = proofPath(options.state, request.proof);
    if (!proof || !await stateFiles.stat(proof)) {
      fail("TRUST_STATE_DIFFERS", {
        what: `Cannot let "${request.host}" join: it does not see the same state as "${host}"`,
        why: `What it has written is not in "${options.state}" here: one of the two is a copy`,
        fix: "Mount the same shared directory on both hosts; name it with --state",
      });
    }
    await this.#refuseTakenName(request.host);
    await tokens.use(request.token, request.secret, request.host);
    const { ring, ...shared } = trust.share();
    return { ...shared, ring: formatRing(ring), by: host };
  }

  async #refuseTakenName(name: string): Promise<void> {
    const { host, membership, store } = this.#context;
    if (name !== host && !(await store.hosts()).includes(name)) return;
    const liveness = membership.liveness(name);
    if (name !== host && (liveness === "dead" || liveness === "left")) return;
    const spec = await store.host(name).read();
    if (!spec) return;
    fail("TRUST_NAME_TAKEN", {
      what: `Cannot join as "${name}": there is a host of that name, and it is ${liveness}`,
      why: `It is at ${spec.address}`,
      fix: "Give this machine another name (hostnamectl hostname NAME), then join again; " +
        "if it is that very host, join once it is dead to the others",
    });
  }

  async leave(): Promise<void> {
    const { host, store, membership, files, own, options } = this.#context;
    // One that gossip does not hear, while its heartbeat goes on, lives: of a host that was removed those are all others.
    const isGone = ({ liveness }: OtherHost) => liveness === "dead" || liveness === "left";
    if ((await otherHosts(this.#context)).every(isGone)) {
      fail("TRUST_HOST_USED", {
        what: `Cannot leave: "${host}" is the last live host of its cluster`,
        why: "Its services would run on with nobody to look after them",
        fix:
          "To end the cluster, delete its services and end the agent (where it is installed: khutulun uninstall), then: " +
          `rm -rf ${options.state} ${options.config}/agent.yaml ${options.own}/trust`,
      });
    }
    for (const ref of await store.services()) {
      const placed = (await store.graph(ref).newest())?.spec.instances ?? [];
      const here = placed.find((each) => each.host === host && each.want !== "absent");
      if (!here) continue;
      fail("TRUST_HOST_USED", {
        what: `Cannot leave: instance "${here.id}" of service "${ref.service}" is on this host`,
        why: "What is placed on a host has to move away first",
        fix: `Drain it: khutulun host drain ${host}`,
      });
    }
    await membership.leave();
    await own.agent.remove();
    await HostTrust.remove(files, options);
    this.#onLeft();
  }

  createToken(options: TokenOptions, by: string): Promise<TokenAnswer> {
    return this.#need().tokens.create(options, by);
  }

  tokens(): Promise<TokenView[]> {
    return this.#need().tokens.list();
  }

  revokeToken(id: string): Promise<TokenView> {
    return this.#need().tokens.revoke(id);
  }

  keys(): Promise<KeysView> {
    return this.#need().keys.view();
  }

  rotateKeys(): Promise<KeysView> {
    return this.#need().keys.rotate();
  }

  async createContext({ request, ttlMs }: ContextRequest): Promise<ContextAnswer> {
    const { trust } = this.#need();
    const { clock, cluster } = this.#context;
    const { authority, ring } = trust;
    const { name } = (await openRequest(request)).subject;
    const certificate = await authority.issue(request, {
      nowMs: issueTimeMs("admin", name, ring.revoked ?? [], clock.nowMs()),
      lifeMs: Math.min(ttlMs ?? certificateLifeMs, certificateLifeMs * 4),
    });
    const { role } = await authority.verify(certificate, clock.nowMs());
    if (role !== "admin") {
      fail("TRUST_REQUEST_INVALID", {
        what: "Cannot make a context",
        why: "The request is not for an administrator",
        fix: "Make it by khutulun context create",
      });
    }
    return {
      certificate,
      authority: authority.certificate,
      cluster: { id: cluster.id, name: cluster.name },
      endpoints: await liveEndpoints(this.#context),
    };
  }

  revokeContext(name: string): Promise<KeysView> {
    return this.#need().keys.revoke("admin", name);
  }

  /**
   * Keeps a host that was removed from speaking: its certificates are revoked and the gossip gets another key. Returns what
   * is still to be done, where a host did not answer.
   */
  async evict(host: string): Promise<Problem | undefined> {
    if (!this.#desks) return undefined;
    const { keys } = this.#desks;
    try {
      await keys.revoke("host", host);
      await keys.rotate({ without: host });
      return undefined;
    } catch (error) {
      if (error instanceof ProblemError) return error.problem;
      throw error;
    }
  }

  setSecret(ref: SecretRef, request: SecretRequest, by: string): Promise<SecretView> {
    return this.#need().secrets.set(ref, request, by);
  }

  secrets(namespace?: string): Promise<SecretView[]> {
    return this.#need().secrets.list(namespace);
  }

  async revealSecret(ref: SecretRef): Promise<{ readonly base64: string }> {
    return { base64: (await this.#need().secrets.open(ref)).value.toBase64() };
  }

  removeSecret(ref: SecretRef): Promise<void> {
    return this.#need().secrets.remove(ref);
  }

  audit(entry: Omit<AuditEntry, "at" | "host">): Promise<void> {
    return this.#audit.note(entry);
  }

  audited(limit: number): Promise<AuditEntry[]> {
    return this.#audit.read(limit);
  }

  /** Returns the ring as text, having taken `offered` where that is newer. */
  async ring(offered?: string): Promise<string> {
    const { trust } = this.#need();
    return formatRing(
      offered === undefined ? trust.ring : await trust.takeRing(parseRing(offered)),
    );
  }

  /** Opens a secret for a workload of this host. */
  async openSecret(ref: SecretRef): Promise<Uint8Array> {
    return (await this.#need().secrets.open(ref)).value;
  }

  /** What is done now and then: keys learnt, the certificate renewed, secrets sealed to who has joined. */
  async keep(): Promise<void> {
    if (!this.#desks) return;
    const { trust, tokens, keys, secrets } = this.#desks;
    const { store, host, logger } = this.#context;
    if (await trust.renewWhereDue()) {
      const until = new Date(trust.facts.notAfterMs).toISOString();
      logger.log("info", "The host's certificate was renewed", { until });
    }
    const { certificate } = trust.sealKey;
    if ((await store.sealOf(host).read())?.certificate !== certificate) {
      await store.sealOf(host).write({ certificate });
    }
    const before = trust.refusal;
    await keys.learn();
    await this.#makeRingWhereAlone(trust);
    if (trust.refusal && !before) {
      const { what, why, fix } = trust.refusal;
      logger.log("warning", `Other hosts refuse this one: ${what}: ${why}`, { fix });
    }
    await secrets.resealWhereMissing();
    await tokens.forgetWhereDue();
  }

  /** A host that has lost its keys of the gossip, and has nobody to ask for them, is the whole cluster. */
  async #makeRingWhereAlone(trust: HostTrust): Promise<void> {
    if (!isLostRing(trust.ring) || (await this.#context.store.hosts()).length > 1) return;
    await trust.takeRing(createRing(this.#random));
  }

  #need(): Desks {
    return this.#desks ?? fail("TRUST_MATERIAL_MISSING", {
      what: "Cannot do that: the agent has no certificate of its cluster",
      why: "It was started without one",
      fix:
        "Start the agent again (systemctl restart khutulun, where it is installed): it makes anew what " +
        "the cluster's authority can make, and says of the rest what to put back, or how to join again",
    });
  }
}
