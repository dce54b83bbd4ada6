import assert from "node:assert/strict";
import { fail, type ServiceRef } from "../../base/mod.ts";
import { RecordingLogger, VirtualClock } from "../../sim/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { keepFailingOver } from "./failover.ts";

const names = ["aged", "broken", "cared"];

/** An agent beside a dead host that ran three services. */
function besideDead(clock: VirtualClock, told: string[]): AgentContext {
  const graph = { spec: { instances: [{ id: "web-0", host: "bravo", want: "running" }] } };
  return {
    clock,
    host: "alpha",
    logger: new RecordingLogger(),
    membership: {
      away: () => ["bravo"],
      list: () => [{ id: "alpha", liveness: "alive" }, { id: "bravo", liveness: "dead" }],
      onChange: () => () => {},
    },
    store: {
      services: () => Promise.resolve(names.map((service) => ({ namespace: "default", service }))),
      graph: () => ({ latest: () => Promise.resolve(graph) }),
    },
    recorder: {
      record: ({ ref, type }: { ref: ServiceRef; type: string }) => {
        told.push(`${ref.service} ${type}`);
        return Promise.resolve();
      },
    },
  } as unknown as AgentContext;
}

Deno.test("keepFailingOver() takes over the services after one that cannot be placed, and tells of that once", async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const taken: string[] = [];
  const deployer = {
    isUnderway: () => false,
    // deno-lint-ignore require-await -- rejects where one cannot be placed
    takeOver: async ({ service }: ServiceRef) => {
      taken.push(service);
      if (service === "broken") {
        fail("STATE_PACKAGE_DAMAGED", { what: "Cannot use its template", why: "A disk failed" });
      }
      return { generation: 2, changed: true, problems: [] };
    },
  };
  const ended = new AbortController();
  const isolation = { problem: undefined, consider() {} };
  const context = besideDead(clock, told);
  const running = keepFailingOver(context, deployer, isolation, ended.signal);
  await clock.advance(25_000);
  assert.deepEqual(taken.slice(0, 3), names);
  assert(!taken.slice(3).includes("broken"), "it is left alone for a while");
  await clock.advance(120_000);
  assert(taken.filter((each) => each === "broken").length > 1, "and tried again");
  assert.deepEqual(told, ["broken stranded"]);
  ended.abort();
  await clock.advance(1_000);
  await running;
});
