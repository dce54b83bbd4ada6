import type { Json, JsonObject } from "../../base/mod.ts";
import type { Clout, Policy, Value } from "../../clout/mod.ts";
import { durationMs } from "../../plan/mod.ts";
import type { Probes, Processes } from "../../ports/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import { describeFailure } from "./effects.ts";

/**
 * A health check as a policy of type `HealthCheck` gives it: a command, else a URL, else a path on the port by HTTP, else a
 * connection to the port.
 */
export interface HealthCheck {
  readonly command?: readonly string[];
  readonly url?: string;
  readonly path?: string;
  /** The name of a Port node that the instance reserves, or a number; its first port where absent. */
  readonly port?: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** How long an instance may take to pass it for the first time. */
  readonly startMs: number;
}

const healthCheckType = "org.khutulun:1.0::HealthCheck";
const intervalDefaultMs = 10_000;
const timeoutDefaultMs = 2_000;
const startDefaultMs = 60_000;

/** Returns the health checks of a service by node template name. */
export function readHealthChecks(clout: Clout): ReadonlyMap<string, HealthCheck> {
  const checks = new Map<string, HealthCheck>();
  for (const policy of clout.service.policies) {
    if (!policy.types.includes(healthCheckType)) continue;
    const check = readCheck(policy);
    for (const target of policy.targets) {
      const group = clout.service.groups.find((each) => each.name === target);
      for (const name of group?.members ?? [target]) checks.set(name, check);
    }
  }
  return checks;
}

function readCheck({ properties }: Policy): HealthCheck {
  const command = properties.get("command");
  return {
    ...(Array.isArray(command) && { command: command.map((word) => text(word) ?? "") }),
    url: text(properties.get("url")),
    path: text(properties.get("path")),
    port: text(properties.get("port")),
    intervalMs: durationMs(properties.get("interval")) ?? intervalDefaultMs,
    timeoutMs: durationMs(properties.get("timeout")) ?? timeoutDefaultMs,
    startMs: durationMs(properties.get("start")) ?? startDefaultMs,
  };
}

/** What one run of a health check saw. */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** Runs a health check of an instance once. */
export async function runCheck(
  check: HealthCheck,
  item: Item,
  ports: { readonly probes: Probes; readonly processes: Processes },
  signal?: AbortSignal,
): Promise<CheckResult> {
  if (check.command !== undefined) {
    const command = { argv: check.command, timeoutMs: check.timeoutMs };
    const result = await ports.processes.run(command, signal);
    return result.exit === 0
      ? { ok: true, detail: `"${check.command.join(" ")}" ended with 0` }
      : { ok: false, detail: describeFailure(check.command, result, check.timeoutMs) };
  }
  if (check.url !== undefined) {
    return at(check.url, await ports.probes.http(check.url, check.timeoutMs, signal));
  }
  const place = addressOf(check.port, item);
  if (place === undefined) return { ok: false, detail: "it names no port that the instance has" };
  const { address, port } = place;
  const host = address.includes(":") ? `[${address}]` : address;
  if (check.path === undefined) {
    return at(`${host}:${port}`, await ports.probes.tcp(address, port, check.timeoutMs, signal));
  }
  const url = `http://${host}:${port}${check.path}`;
  return at(url, await ports.probes.http(url, check.timeoutMs, signal));
}

/** Says what was looked at, beside what it answered. */
function at(place: string, { ok, detail }: CheckResult): CheckResult {
  return { ok, detail: `${place}: ${detail}` };
}

/** Finds the port to look at: by number, or among those that the instance reserves; the first where none is named. */
function addressOf(
  wanted: string | undefined,
  item: Item,
): { readonly address: string; readonly port: number } | undefined {
  const reserved = item.relations.filter((each) =>
    each.side === "source" && each.other.attributes.port !== undefined
  );
  const number = wanted === undefined ? NaN : Number(wanted);
  const found = reserved.find(({ other }) =>
    wanted === undefined || nodeOf(other.id) === wanted || Number(other.attributes.port) === number
  );
  if (found) return placeOf(found.other.attributes, found.other.address);
  return Number.isInteger(number) ? { address: "127.0.0.1", port: number } : undefined;
}

function placeOf(attributes: JsonObject, hostAddress: string) {
  const bound: Json | undefined = attributes.address;
  return {
    address: typeof bound === "string" && bound !== "" ? bound : hostAddress,
    port: Number(attributes.port),
  };
}

function nodeOf(instance: string): string {
  return instance.slice(0, instance.lastIndexOf("-"));
}

function text(value: Value | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "bigint" ? String(value) : typeof value === "string" ? value : undefined;
}
