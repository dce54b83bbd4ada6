/** How one look at a workload from outside ended. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Half a sentence for people: `answered 200`, `connection refused`, `no answer within 2s`. */
  readonly detail: string;
}

/** Looks at workloads from outside, as their clients would: what health checks are made of. */
export interface Probes {
  /** Whether something accepts a connection. The connection is closed at once. */
  tcp(address: string, port: number, timeoutMs: number, signal?: AbortSignal): Promise<ProbeResult>;
  /** Whether a GET answers with a status of 200 to 399. Redirects are not followed; the body is not read. */
  http(url: string, timeoutMs: number, signal?: AbortSignal): Promise<ProbeResult>;
}
