import type { Problem } from "../base/mod.ts";

/** Peers' gossip that was refused for one reason: told when it begins, then at most once a window with what came since. */
export interface Refusal {
  readonly code: Problem["code"];
  /** Why the first of them was refused. */
  readonly why: string;
  /** How many there were since the last report. */
  readonly count: number;
  /** Whom they came from, as addresses; the first `peersMax` of them. A sender of datagrams can claim any. */
  readonly peers: readonly string[];
}

/** Reports of one code come no closer to each other. */
const windowMs = 60_000;
const peersMax = 8;

/** What speaks of a peer that is not to be trusted; an unreachable one is only that. */
const refusalCodes: readonly Problem["code"][] = [
  "GOSSIP_MALFORMED",
  "GOSSIP_REFUSED",
  "GOSSIP_OTHER_CLUSTER",
  "GOSSIP_LIMIT",
  "GOSSIP_NAME_TAKEN",
  "GOSSIP_MERGE_REFUSED",
];

interface Running {
  /** Until when what comes is only counted. */
  untilMs: number;
  why: string;
  count: number;
  readonly peers: Set<string>;
}

/** Counts what was refused, by code, and says when that is worth a report. What it holds does not grow with what peers send. */
export class RefusalTally {
  readonly #running = new Map<Problem["code"], Running>();
  readonly #totals = new Map<Problem["code"], number>();

  /** How often gossip was refused for each reason since the start. */
  get totals(): ReadonlyMap<Problem["code"], number> {
    return this.#totals;
  }

  /** Counts a problem. Returns the report that is due at once: of a code that was quiet for a window. */
  note({ code, why = "", where }: Problem, nowMs: number): Refusal | undefined {
    if (!refusalCodes.includes(code)) return undefined;
    this.#totals.set(code, (this.#totals.get(code) ?? 0) + 1);
    const running = this.#running.get(code) ??
      { untilMs: -Infinity, why, count: 0, peers: new Set() };
    this.#running.set(code, running);
    if (running.count++ === 0) running.why = why;
    if (where?.host && running.peers.size < peersMax) running.peers.add(hostOf(where.host));
    return nowMs < running.untilMs ? undefined : this.#report(code, running, nowMs);
  }

  /** When the next reports are due of what was only counted; nothing where there is nothing to tell. */
  get dueMs(): number | undefined {
    const due = [...this.#running.values()].filter(({ count }) => count > 0);
    return due.length === 0 ? undefined : Math.min(...due.map(({ untilMs }) => untilMs));
  }

  /** Returns the reports that are due. */
  take(nowMs: number): Refusal[] {
    return [...this.#running]
      .filter(([, { count, untilMs }]) => count > 0 && untilMs <= nowMs)
      .map(([code, running]) => this.#report(code, running, nowMs));
  }

  #report(code: Problem["code"], running: Running, nowMs: number): Refusal {
    const { why, count, peers } = running;
    const refusal = { code, why, count, peers: [...peers] };
    running.untilMs = nowMs + windowMs;
    running.count = 0;
    peers.clear();
    return refusal;
  }
}

/** Reports name peers as `host:port`; ports of datagrams tell nothing. */
function hostOf(endpoint: string): string {
  const at = endpoint.lastIndexOf(":");
  return at < 0 ? endpoint : endpoint.slice(0, at);
}
