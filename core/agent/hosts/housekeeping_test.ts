import assert from "node:assert/strict";
import { problem, ProblemError, type ServiceRef } from "../../base/mod.ts";
import { RecordingLogger, VirtualClock } from "../../sim/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { Bus } from "../bus.ts";
import type { Deployer } from "../deploy/deployer.ts";
import { keepHouse } from "./housekeeping.ts";
import type { Isolation } from "./isolation.ts";

function claimOf(service: string, key: string) {
  const holder = { namespace: "default", service, instance: "web-0", epoch: 1, at: "then" };
  return { kind: "tcp", key, holder };
}

/** A host with a claim of a service whose graph is damaged, and one of a service that is gone. */
function hostWithClaims(clock: VirtualClock, freed: string[]): AgentContext {
  const nothing = () => Promise.resolve(undefined);
  const latest = ({ service }: ServiceRef) =>
    service === "broken"
      ? Promise.reject(
        new ProblemError(problem("STATE_DAMAGED", { what: "A file cannot be understood" })),
      )
      : nothing();
  return {
    clock,
    bus: new Bus(),
    host: "alpha",
    logger: new RecordingLogger(),
    membership: { liveness: () => "alive" },
    heart: { beat: nothing },
    listeners: { find: () => Promise.resolve([]) },
    own: { ledger: { of: () => Promise.resolve(new Map()) } },
    store: {
      listeners: () => ({ read: nothing, write: nothing }),
      asked: () => ({ latest: nothing }),
      graph: (ref: ServiceRef) => ({ latest: () => latest(ref), newest: nothing }),
      observers: () => Promise.resolve([]),
      claims: () => ({
        list: () => Promise.resolve([claimOf("broken", "80"), claimOf("gone", "81")]),
        free: (_kind: string, key: string) => Promise.resolve(void freed.push(key)),
      }),
    },
  } as unknown as AgentContext;
}

Deno.test("keepHouse() frees what nobody has any more, and leaves alone what a damaged service may have", async () => {
  const clock = new VirtualClock();
  const freed: string[] = [];
  const context = hostWithClaims(clock, freed);
  const deployer = { isUnderway: () => false } as unknown as Deployer;
  const isolation = { problem: undefined, consider() {} } as unknown as Isolation;
  const ended = new AbortController();
  const running = keepHouse(context, deployer, isolation, ended.signal);
  await clock.advance(200_000);
  assert.deepEqual([...new Set(freed)], ["81"]);
  const { lines } = context.logger as RecordingLogger;
  assert(lines.every(({ message }) => !message.includes("heartbeat")), "which is well");
  ended.abort();
  await clock.advance(5_000);
  await running;
});
