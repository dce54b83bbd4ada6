/**
 * Healing: seeds that are no members, and members that failed, are tried again with growing pauses, long after the
 * protocol has forgotten them. memberlist never reconnects after a long partition.
 */
import type { Problem } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import { oweEcho } from "./echo.ts";
import { isPresent, type Member } from "./member.ts";
import { pushPullWith } from "./push_pull.ts";
import type { Swim } from "./swim.ts";

interface Attempts {
  readonly endpoint: Endpoint;
  attempts: number;
  nextAtMs: number;
}

/** An address that `join` was given. It is kept for good: a cluster whose members all changed is found by its seeds. */
export interface Seed extends Attempts {
  /** The application was told of the last failure already. */
  isKnownUnreached: boolean;
  /** It answered since `join` named it last. */
  isAnswered: boolean;
  /** How often it was asked in a hurry since then, and whether it is to be again. */
  hurries: number;
  isHurried: boolean;
}

/** A member that failed. */
export interface LostMember extends Attempts {
  readonly sinceMs: number;
}

/** How many lost members are remembered: the longest lost give way. */
const lostMax = 4_096;
/** How many seeds are remembered: those named longest ago give way. */
const seedsMax = 256;
/** How many are tried at a time. */
const triesMax = 2;

/** After these pauses, stretched by up to a half at random, a newcomer asks a seed again that does not answer. */
const hurryPausesMs = [600, 900, 1_400, 2_000, 3_000];

/** Begins to join by these seeds. One that is tried already is tried again at once. */
export function join(swim: Swim, seeds: readonly Endpoint[], nowMs: number): void {
  const isNewcomer = swim.aliveOthers() === 0;
  for (const endpoint of seeds) {
    const key = keyOf(endpoint);
    const seed = swim.seeds.get(key) ?? newSeed(endpoint, nowMs);
    seed.isKnownUnreached = false;
    seed.isAnswered = false;
    seed.hurries = 0;
    swim.seeds.delete(key); // the one named last stands last
    swim.seeds.set(key, seed);
    if (swim.seeds.size > seedsMax) swim.seeds.delete(swim.seeds.keys().next().value!);
    attempt(swim, key, seed, nowMs);
    if (isNewcomer) hurry(swim, key, seed, nowMs);
  }
}

function newSeed(endpoint: Endpoint, nowMs: number): Seed {
  const [attempts, hurries] = [0, 0];
  return {
    endpoint,
    attempts,
    hurries,
    nextAtMs: nowMs,
    isKnownUnreached: false,
    isAnswered: false,
    isHurried: false,
  };
}

function hurry(swim: Swim, key: string, seed: Seed, nowMs: number): void {
  const pauseMs = hurryPausesMs[seed.hurries++];
  if (pauseMs === undefined || seed.isHurried) return;
  seed.isHurried = true;
  swim.schedule({ kind: "hurry", seed: key }, nowMs + pauseMs * (1 + swim.random.next() / 2));
}

/**
 * A seed that refused us because it was busy, or whose answer was lost, is not given its full time: a newcomer that knows
 * nobody asks again beside the exchange that may still run; one that is known by now asks somebody else.
 */
export function onHurryTimer(swim: Swim, key: string, nowMs: number): void {
  const seed = swim.seeds.get(key);
  if (!seed) return;
  seed.isHurried = false;
  if (seed.isAnswered || swim.isLeaving) return;
  if (swim.aliveOthers() > 0) return oweEcho(swim, nowMs);
  attempt(swim, key, seed, nowMs);
  hurry(swim, key, seed, nowMs);
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}

/** Remembers a member that failed, to try it again. */
export function rememberLost(swim: Swim, { endpoint }: Member, nowMs: number): void {
  if (swim.settings.rejoinIntervalMs <= 0) return;
  const key = keyOf(endpoint);
  const lost: LostMember = { endpoint, attempts: 0, nextAtMs: 0, sinceMs: nowMs };
  lost.nextAtMs = nowMs + pauseMs(swim, 0);
  swim.lost.delete(key);
  swim.lost.set(key, lost);
  if (swim.lost.size > lostMax) swim.lost.delete(swim.lost.keys().next().value!);
}

/** A member is back, or said goodbye: it is not lost. */
export function forgetLost(swim: Swim, { endpoint }: Member): void {
  if (swim.lost.size > 0) swim.lost.delete(keyOf(endpoint));
}

export function onRejoinTimer(swim: Swim, nowMs: number): void {
  const { rejoinIntervalMs, rejoinForMs } = swim.settings;
  swim.schedule({ kind: "rejoin" }, nowMs + rejoinIntervalMs * (0.75 + swim.random.next() / 2));
  if (swim.isLeaving || swim.seeds.size + swim.lost.size === 0) return;
  const due: [string, Attempts][] = dueSeeds(swim, nowMs);
  for (const [key, lost] of swim.lost) {
    if (nowMs - lost.sinceMs > rejoinForMs) swim.lost.delete(key);
    else if (lost.nextAtMs <= nowMs && !swim.seeds.has(key)) due.push([key, lost]);
  }
  for (let tries = 0; tries < triesMax && due.length > 0; tries++) {
    const [[key, it]] = due.splice(Math.floor(swim.random.next() * due.length), 1);
    attempt(swim, key, it, nowMs);
  }
}

/** Returns the seeds whose time has come and that are no members. Those that are need no look for a while. */
function dueSeeds(swim: Swim, nowMs: number): [string, Seed][] {
  const due = [...swim.seeds].filter(([, { nextAtMs }]) => nextAtMs <= nowMs);
  if (due.length === 0) return due;
  const present = presentEndpoints(swim);
  const { rejoinIntervalMaxMs } = swim.settings;
  return due.filter(([key, seed]) => {
    if (!present.has(key)) return true;
    seed.attempts = 0;
    seed.nextAtMs = nowMs + rejoinIntervalMaxMs / 2;
    return false;
  });
}

function presentEndpoints(swim: Swim): Set<string> {
  const present = new Set([keyOf(swim.self()!.endpoint)]);
  for (const member of swim.members.all()) {
    if (isPresent(member)) present.add(keyOf(member.endpoint));
  }
  return present;
}

function attempt(swim: Swim, key: string, it: Attempts, nowMs: number): void {
  it.nextAtMs = nowMs + swim.settings.streamTimeoutMs + pauseMs(swim, it.attempts++);
  pushPullWith(swim, it.endpoint, { kind: "rejoin", key });
}

/**
 * Returns how long to wait after so many attempts: longer with each, and with the number of members that try too, so that
 * one dead host is not called by a thousand others.
 */
function pauseMs(swim: Swim, attempts: number): number {
  const { rejoinIntervalMs, rejoinIntervalMaxMs } = swim.settings;
  const alone = Math.min(rejoinIntervalMs * 2 ** Math.min(attempts, 16), rejoinIntervalMaxMs);
  const sharing = Math.max(1, swim.aliveOthers() / 8);
  return alone * sharing * (0.5 + swim.random.next() / 2);
}

/** A seed or lost member answered and was merged. */
export function onReached(swim: Swim, key: string): void {
  const it = swim.seeds.get(key) ?? swim.lost.get(key);
  if (!it) return;
  it.attempts = 0;
  const seed = swim.seeds.get(key);
  if (seed) {
    seed.isKnownUnreached = false;
    seed.isAnswered = true;
  }
  swim.lost.delete(key);
  swim.notify({ kind: "reached", endpoint: it.endpoint });
}

/** The application is told once of each seed that cannot be reached; a lost member is expected to be silent. */
export function onUnreached(
  swim: Swim,
  key: string,
  endpoint: Endpoint,
  it: Problem,
  nowMs: number,
): void {
  const entry = swim.seeds.get(key) ?? swim.lost.get(key);
  if (entry) entry.nextAtMs = nowMs + pauseMs(swim, entry.attempts);
  const seed = swim.seeds.get(key);
  if (!seed || seed.isKnownUnreached) return;
  seed.isKnownUnreached = true;
  swim.notify({ kind: "unreached", endpoint, problem: it });
}
