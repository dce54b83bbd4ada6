import { fail } from "../../base/mod.ts";
import type { Random } from "../../ports/mod.ts";
import { changeDocument, type TokenSpec } from "../../store/mod.ts";
import {
  checkTokenUse,
  formatToken,
  hashSecret,
  isLongUseless,
  newSecret,
} from "../../trust/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import type { HostTrust } from "./host_trust.ts";
import { liveEndpoints, otherHosts } from "./live_hosts.ts";
import type { TokenAnswer, TokenOptions, TokenView } from "./trust_use_cases.ts";

/** How many endpoints a token names. */
const endpointsMax = 5;

/** Old tokens are looked for so often, and so many forgotten at a time. */
const forgetEveryMs = 60 * 60 * 1_000;
const forgottenAtOnceMax = 100;

/** Makes, lists, revokes and takes join tokens. */
export class TokenDesk {
  readonly #context: AgentContext;
  readonly #trust: HostTrust;
  readonly #random: Random;
  #forgotMs = -Infinity;

  constructor(context: AgentContext, trust: HostTrust, random: Random) {
    this.#context = context;
    this.#trust = trust;
    this.#random = random;
  }

  async create({ ttlMs, isSingleUse }: TokenOptions, by: string): Promise<TokenAnswer> {
    const { store, clock, cluster, options } = this.#context;
    const { id, secret } = newSecret(this.#random);
    const nowMs = clock.nowMs();
    const record: TokenSpec = {
      id,
      secretHash: await hashSecret(secret),
      createdMs: nowMs,
      expiresMs: nowMs + ttlMs,
      isSingleUse,
      by,
      isRevoked: false,
      uses: [],
    };
    const endpoints = (await liveEndpoints(this.#context)).slice(0, endpointsMax);
    await store.token(id).write(record, 0);
    const token = formatToken({
      id,
      secret,
      cluster: cluster.id,
      authority: this.#trust.authority.facts.fingerprint,
      endpoints,
      expiresMs: record.expiresMs,
      state: options.state,
    });
    return { token, view: viewOf(record, nowMs) };
  }

  async list(): Promise<TokenView[]> {
    const { store, clock } = this.#context;
    const views: TokenView[] = [];
    for (const id of await store.tokens()) {
      const latest = await store.token(id).latest();
      if (latest) views.push(viewOf(latest.spec, clock.nowMs()));
    }
    return views.sort((a, b) => a.created < b.created ? -1 : 1);
  }

  async revoke(id: string): Promise<TokenView> {
    const { store, clock } = this.#context;
    const known = await store.tokens();
    const nowMs = clock.nowMs();
    const record = await this.#change(id, (before) => {
      if (before !== undefined) {
        const { revokedMs = nowMs } = before;
        return Promise.resolve({ ...before, isRevoked: true, revokedMs });
      }
      const others = known.filter((each) => each !== id);
      return fail("TRUST_TOKEN_UNKNOWN", {
        what: `Cannot revoke the join token "${id}": there is none`,
        why: others.length > 0 ? `There are ${others.join(", ")}` : "There are none at all",
        fix: "See them: khutulun cluster token list",
      });
    });
    return viewOf(record, nowMs);
  }

  /** Refuses who does not have a token that can be used: a stranger is told nothing else. */
  async check(id: string, secret: string, host: string): Promise<void> {
    const { store, clock } = this.#context;
    const latest = await store.token(id).newest();
    await checkTokenUse(latest?.spec, { secret, host, nowMs: clock.nowMs() });
  }

  /** Takes a use of a token, or refuses it. Of many at once, a token for one use lets one host in. */
  async use(id: string, secret: string, host: string): Promise<void> {
    const nowMs = this.#context.clock.nowMs();
    await this.#change(id, (before) => checkTokenUse(before, { secret, host, nowMs }));
  }

  /**
   * Forgets tokens that have been of no use for a month, now and then and some at a time. The first of the live hosts does it;
   * where two take themselves for that one, both remove the same.
   */
  async forgetWhereDue(): Promise<void> {
    const { store, clock, host, logger } = this.#context;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#forgotMs < forgetEveryMs) return;
    this.#forgotMs = nowMs;
    const others = await otherHosts(this.#context);
    if (others.some(({ id, liveness }) => liveness === "alive" && id < host)) return;
    const old: string[] = [];
    for (const id of await store.tokens()) {
      const latest = await store.token(id).newest();
      if (latest && isLongUseless(latest.spec, clock.nowMs())) old.push(id);
      if (old.length === forgottenAtOnceMax) break;
    }
    for (const id of old) await store.removeToken(id);
    if (old.length > 0) {
      logger.log("info", "Old join tokens were forgotten", { tokens: old.join() });
    }
  }

  async #change(
    id: string,
    decide: (before: TokenSpec | undefined) => Promise<TokenSpec>,
  ): Promise<TokenSpec> {
    return (await changeDocument(this.#context.store.token(id), decide))!.spec;
  }
}

function viewOf(record: TokenSpec, nowMs: number): TokenView {
  const isUsed = record.isSingleUse && record.uses.length > 0;
  return {
    id: record.id,
    state: record.isRevoked
      ? "revoked"
      : isUsed
      ? "used"
      : nowMs > record.expiresMs
      ? "expired"
      : "usable",
    created: timeText(record.createdMs),
    expires: timeText(record.expiresMs),
    isSingleUse: record.isSingleUse,
    by: record.by,
    uses: [...new Set(record.uses.map(({ host }) => host))],
  };
}
