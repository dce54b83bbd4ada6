import { fail, formatDurationMs } from "../base/mod.ts";

/** Clocks of one cluster may differ so much: certificates, tokens and records are compared across hosts. */
export const clockSkewMsMax = 5 * 60 * 1_000;

/** Refuses two hosts whose clocks differ by more than `clockSkewMsMax`. */
export function checkClock(
  here: { readonly host: string; readonly nowMs: number },
  there: { readonly host: string; readonly nowMs: number },
): void {
  const differenceMs = here.nowMs - there.nowMs;
  if (Math.abs(differenceMs) <= clockSkewMsMax) return;
  const amount = formatDurationMs(Math.round(Math.abs(differenceMs) / 1_000) * 1_000);
  fail("TRUST_CLOCK_OFF", {
    what: `Cannot trust the clocks: that of "${here.host}" is ${amount} ${
      differenceMs > 0 ? "ahead of" : "behind"
    } that of "${there.host}"`,
    why: `Certificates and tokens are valid by the clock; ${
      formatDurationMs(clockSkewMsMax)
    } is the most that clocks may differ`,
    fix: "Set the clock right, best by NTP (timedatectl set-ntp true), and try again",
  });
}
