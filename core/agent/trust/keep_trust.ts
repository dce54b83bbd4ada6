import { ProblemError } from "../../base/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Isolation } from "../hosts/isolation.ts";
import type { TrustDesk } from "./trust_desk.ts";

const everyMs = 60_000;
/** Who has just come publishes its key for secrets, and may have been away while others were changed. */
const afterChangeMs = 2_000;
const changesFollowedMs = 30_000;

/** Keeps what a host shows and knows from growing old, from the start of its agent to its end. */
export async function keepTrust(
  { clock, logger, membership }: AgentContext,
  trust: TrustDesk,
  isolation: Isolation,
  signal: AbortSignal,
): Promise<void> {
  let changedMs = -Infinity;
  let woken = new AbortController();
  const stopListening = membership.onChange(() => {
    changedMs = clock.monotonicMs();
    woken.abort();
  });
  while (!signal.aborted) {
    if (!isolation.problem) {
      await trust.keep().catch((error) => {
        if (error instanceof ProblemError) isolation.consider(error.problem);
        logger.log("warning", "Certificates, keys or secrets could not be kept up", {
          error: String(error),
        });
      });
    }
    const isFollowing = clock.monotonicMs() - changedMs < changesFollowedMs;
    woken = new AbortController();
    const wake = isFollowing ? signal : AbortSignal.any([signal, woken.signal]);
    await clock.sleep(isFollowing ? afterChangeMs : everyMs, wake).catch(() => {});
  }
  stopListening();
}
