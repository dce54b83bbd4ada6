import { connect } from "node:net";
import { formatDurationMs } from "../base/mod.ts";
import type { ProbeResult, Probes } from "../ports/mod.ts";

/** Probes over this machine's network. */
export class NetworkProbes implements Probes {
  tcp(
    address: string,
    port: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ProbeResult> {
    return new Promise((resolve) => {
      const socket = connect({ host: address, port });
      const settle = (result: ProbeResult) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        socket.destroy();
        resolve(result);
      };
      const onAbort = () => settle({ ok: false, detail: "no longer wanted" });
      const timer = setTimeout(() => settle(noAnswer(timeoutMs)), timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      socket.once("connect", () => settle({ ok: true, detail: "accepts connections" }));
      socket.once("error", (error) => settle({ ok: false, detail: describe(error) }));
      if (signal?.aborted) onAbort();
    });
  }

  async http(url: string, timeoutMs: number, signal?: AbortSignal): Promise<ProbeResult> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const response = await fetch(url, {
        redirect: "manual",
        signal: signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal,
      });
      await response.body?.cancel();
      const ok = response.status >= 200 && response.status < 400;
      return { ok, detail: `answered ${response.status}` };
    } catch (error) {
      if (signal?.aborted) return { ok: false, detail: "no longer wanted" };
      return deadline.signal.aborted
        ? noAnswer(timeoutMs)
        : { ok: false, detail: describe(error as Error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

function noAnswer(timeoutMs: number): ProbeResult {
  return { ok: false, detail: `no answer within ${formatDurationMs(timeoutMs)}` };
}

function describe(error: Error & { code?: string }): string {
  if (error.code === "ECONNREFUSED" || /refused/i.test(error.message)) return "connection refused";
  if (error.code === "EHOSTUNREACH") return "no route to the host";
  return error.message.split("\n")[0];
}
