import { assert, fail, type Problem, problem, ProblemError } from "../../base/mod.ts";
import type { Random } from "../../ports/mod.ts";
import {
  addKey,
  formatRing,
  keyIdOf,
  type KeyRing,
  newerRing,
  parseRing,
  removeOldKeys,
  type Revocation,
  revokeIn,
  rotationOf,
  useNewKey,
} from "../../trust/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import type { HostTrust } from "./host_trust.ts";
import { type OtherHost, otherHosts } from "./live_hosts.ts";
import type { KeysView } from "./trust_use_cases.ts";

/** A rotation has three rings; every further one comes of another rotation at the same time. */
const ringsMax = 24;

/** How many hosts are asked now and then: of a hundred, not all of all. */
const learntFromMax = 3;

/** What a host has said of its ring. */
interface HostRing {
  readonly host: OtherHost;
  readonly ring?: KeyRing;
  /** Why it has said nothing. */
  readonly problem?: Problem;
}

/** Which hosts are asked: all others, but for one that is to learn nothing. */
interface Asked extends Without {
  readonly hosts?: readonly OtherHost[];
}

interface Without {
  readonly without?: string;
}

/** Shows and replaces the keys of the gossip, through the agents of all hosts. */
export class KeyDesk {
  readonly #context: AgentContext;
  readonly #trust: HostTrust;
  readonly #random: Random;

  constructor(context: AgentContext, trust: HostTrust, random: Random) {
    this.#context = context;
    this.#trust = trust;
    this.#random = random;
  }

  async view(): Promise<KeysView> {
    const hosts = await this.#ask((peer) => peer.ring());
    const { ring } = this.#trust;
    const ids = await Promise.all(ring.keys.map(keyIdOf));
    return {
      rotation: rotationOf(ring),
      keys: ids.map((id, index) => ({ id, isPrimary: index === ring.primary })),
      revoked: (ring.revoked ?? []).map(({ role, name, beforeMs }) => ({
        role,
        name,
        before: timeText(beforeMs),
      })),
      hosts: [
        { host: this.#context.host, generation: ring.generation },
        ...hosts.map(({ host, ring, problem }) => ({
          host: host.id,
          generation: ring?.generation,
          why: problem && whyOf(problem),
        })),
      ],
    };
  }

  /**
   * Adds a new key everywhere, uses it everywhere, removes the old one everywhere. Each ring is held by every host that lives
   * before the next is made. `TRUST_KEYS_UNFINISHED` where one does not take it: nothing is lost, and the next call goes on.
   * Hosts that are dead are left out: they ask for the keys when they come back.
   */
  async rotate({ without }: Without = {}): Promise<KeysView> {
    await this.#learn({ without });
    let isBegun = rotationOf(this.#trust.ring) !== "none";
    for (let rings = 0; rings < ringsMax; rings++) {
      await this.#spread(without);
      const { ring } = this.#trust;
      const stage = rotationOf(ring);
      if (stage === "none" && isBegun) return await this.view();
      isBegun = true;
      const next = stage === "none"
        ? addKey(ring, this.#random)
        : stage === "added"
        ? useNewKey(ring)
        : removeOldKeys(ring);
      await this.#trust.followRing(ring, next);
    }
    return fail("TRUST_KEYS_UNFINISHED", {
      what: "Cannot bring the rotation of the gossip's keys to its end",
      why: "Other rotations are under way at the same time",
      fix: "Let one of them finish, then look: khutulun cluster key list",
    });
  }

  /**
   * Tells every host that certificates which a holder was given until now are good no longer. Hosts that are dead, and those that
   * do not answer (`TRUST_KEYS_UNFINISHED`), learn of it as of new keys.
   */
  async revoke(role: Revocation["role"], name: string): Promise<KeysView> {
    const revocation = { role, name, beforeMs: this.#context.clock.nowMs() };
    const without = role === "host" ? name : undefined;
    await this.#learn({ without });
    for (let rings = 0; rings < ringsMax; rings++) {
      const { ring } = this.#trust;
      const isIn = ring.revoked?.some((each) =>
        each.role === role && each.name === name && each.beforeMs >= revocation.beforeMs
      );
      if (isIn) break;
      await this.#trust.followRing(ring, revokeIn(ring, revocation));
    }
    await this.#spread(without);
    return await this.view();
  }

  /** Takes the newest ring of a few hosts, as far as they answer: what was changed while this one was away. */
  async learn(): Promise<void> {
    const hosts = await otherHosts(this.#context);
    const drawn = hosts.map((host) => ({ host, order: this.#random.next() }))
      .sort((a, b) => a.order - b.order).slice(0, learntFromMax);
    await this.#learn({ hosts: drawn.map(({ host }) => host) });
  }

  async #learn(asked: Asked): Promise<void> {
    let newest = this.#trust.ring;
    const answers = await this.#ask((peer) => peer.ring(), asked);
    for (const { ring } of answers) if (ring) newest = newerRing(newest, ring);
    const refusal = answers.map(({ problem }) => problem)
      .find((problem) => problem?.code === "TRUST_CERTIFICATE_REVOKED");
    // One that was removed as well may still answer.
    if (refusal || answers.some(({ ring }) => ring)) this.#trust.refused(refusal);
    await this.#trust.takeRing(newest);
  }

  /** Gives the ring to every host; one that has a newer one gives us that, and it is given to all in turn. */
  async #spread(without?: string): Promise<void> {
    for (let round = 0; round < ringsMax; round++) {
      const text = formatRing(this.#trust.ring);
      const answers = await this.#ask((peer) => peer.offerRing(text), { without });
      const missing = answers.filter(({ ring, host }) => !ring && isNeeded(host));
      if (missing.length > 0) unfinished(missing);
      let newest = this.#trust.ring;
      for (const { ring } of answers) if (ring) newest = newerRing(newest, ring);
      if (formatRing(newest) === text) return;
      await this.#trust.takeRing(newest);
    }
    assert(false, "hosts agree on the newest ring after a few rounds");
  }

  async #ask(
    question: (peer: ReturnType<AgentContext["peers"]["of"]>) => Promise<string>,
    { hosts, without }: Asked = {},
  ): Promise<HostRing[]> {
    const asked = hosts ?? await otherHosts(this.#context);
    return await Promise.all(
      asked.filter(({ id }) => id !== without).map(async (host) => {
        if (!host.api) return { host, problem: unreachable(host) };
        try {
          const peer = this.#context.peers.of({ id: host.id, api: host.api });
          return { host, ring: parseRing(await question(peer)) };
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          return { host, problem: error.problem };
        }
      }),
    );
  }
}

/** A host that gossip has lost gets the keys when it comes back. */
function isNeeded({ liveness }: OtherHost): boolean {
  return liveness === "alive" || liveness === "suspect";
}

function unfinished(missing: readonly HostRing[]): never {
  const names = missing.map(({ host }) => host.id).join(", ");
  fail("TRUST_KEYS_UNFINISHED", {
    what: `Cannot give the keys of the gossip, and what is revoked, to ${names}`,
    why: missing[0].problem && whyOf(missing[0].problem),
    fix: "Nothing is lost: mend that host, then go on with: khutulun cluster key rotate",
  });
}

function unreachable({ id }: OtherHost): Problem {
  return problem("API_UNREACHABLE", {
    what: `Cannot ask host "${id}"`,
    why: "It has not said where it is reached",
  });
}

function whyOf({ what, why }: Problem): string {
  return why ?? what;
}
