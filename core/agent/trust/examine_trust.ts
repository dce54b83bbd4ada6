import { formatDurationMs, type Problem } from "../../base/mod.ts";
import { type CertificateFacts, renewalOf } from "../../trust/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { DoctorFinding } from "../use_cases.ts";
import type { HostTrust } from "./host_trust.ts";

const dayMs = 86_400_000;
/** The authority's certificate is renewed by nobody: a person should have time. */
const authorityWarningMs = 365 * dayMs;
/** Heartbeats are written every two seconds, and a network file system may show them a minute late. */
const aheadMs = 30_000;
const behindMs = 150_000;

/** Says how long certificates last, and whether clocks agree: long before either stops anything. */
export async function examineTrust(
  context: AgentContext,
  trust: HostTrust | undefined,
): Promise<DoctorFinding[]> {
  if (!trust) return [];
  const nowMs = context.clock.nowMs();
  return [
    trust.refusal ? examineRefusal(trust.refusal) : examineCertificate(trust.facts, nowMs),
    examineAuthority(trust.authority.facts, nowMs),
    await examineClocks(context, nowMs),
    ...await examineRemoved(context, trust),
  ];
}

function examineRefusal({ what, why, fix }: Problem): DoctorFinding {
  return {
    check: "certificate",
    status: "failed",
    message: `Other hosts refuse this one: ${what}: ${why}`,
    fix,
  };
}

/** Names hosts that were removed and whose agents were started again: nobody hears them, and nothing is placed on them. */
async function examineRemoved(
  { store, membership }: AgentContext,
  { ring: { revoked = [] } }: HostTrust,
): Promise<DoctorFinding[]> {
  const removed = new Set(revoked.filter(({ role }) => role === "host").map(({ name }) => name));
  if (removed.size === 0) return [];
  const back = (await store.hosts())
    .filter((id) => removed.has(id) && membership.liveness(id) === "suspect");
  return back.map((id) => ({
    check: "removed hosts",
    status: "warning",
    message: `Host "${id}" was removed, and its agent was started again: the others refuse it`,
    fix: `On "${id}": khutulun leave; then khutulun join, or khutulun uninstall`,
  }));
}

export function examineCertificate(facts: CertificateFacts, nowMs: number): DoctorFinding {
  const { state, leftMs } = renewalOf(facts, nowMs);
  const check = "certificate";
  const until = new Date(facts.notAfterMs).toISOString();
  if (state === "expired") {
    return {
      check,
      status: "failed",
      message: `The host's certificate has expired at ${until}: other hosts refuse it`,
      fix: "Set the clock right and start the agent again: it renews the certificate",
    };
  }
  if (state === "late") {
    return {
      check,
      status: "warning",
      message: `The host's certificate should have been renewed, and ends at ${until}`,
      fix: "See the agent's log for why it could not be; start the agent again",
    };
  }
  const message = `The host's certificate is valid for ${days(leftMs)}, and renewed by itself`;
  return { check, status: "ok", message };
}

export function examineAuthority(facts: CertificateFacts, nowMs: number): DoctorFinding {
  const leftMs = facts.notAfterMs - nowMs;
  const check = "authority";
  if (leftMs > authorityWarningMs) {
    return { check, status: "ok", message: `The cluster's authority is valid for ${days(leftMs)}` };
  }
  return {
    check,
    status: leftMs > 0 ? "warning" : "failed",
    message: leftMs > 0
      ? `The cluster's authority ends in ${days(leftMs)}: no certificate outlasts it`
      : "The cluster's authority has ended: hosts refuse each other",
    fix: "Make a new cluster and move the services, one host after the other",
  };
}

async function examineClocks(
  { store, host, membership }: AgentContext,
  nowMs: number,
): Promise<DoctorFinding> {
  const wrong: string[] = [];
  for (const id of await store.hosts()) {
    if (id === host || membership.liveness(id) !== "alive") continue;
    const words = (await store.heartbeat(id))?.trim().split(" ") ?? [];
    const skewMs = Date.parse(words.at(-1) ?? "") - nowMs;
    if (Number.isNaN(skewMs) || (skewMs < aheadMs && skewMs > -behindMs)) continue;
    const amount = formatDurationMs(Math.round(Math.abs(skewMs) / 1_000) * 1_000);
    wrong.push(`that of "${id}" is ${amount} ${skewMs > 0 ? "ahead" : "behind"}`);
  }
  const check = "clocks";
  return wrong.length === 0 ? { check, status: "ok", message: "The clocks of the hosts agree" } : {
    check,
    status: "warning",
    message: `Clocks differ from this host's: ${wrong.join("; ")}`,
    fix: "Set the clocks right, best by NTP (timedatectl set-ntp true)",
  };
}

function days(durationMs: number): string {
  const count = Math.floor(durationMs / dayMs);
  return count > 0 ? `${count} days` : formatDurationMs(Math.round(durationMs / 1_000) * 1_000);
}
