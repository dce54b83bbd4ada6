import assert from "node:assert/strict";
import { arrangeHostPlan } from "./arrange_host_plan.ts";
import { planDigest } from "./plan_digest.ts";
import type { Wait } from "./service_plan.ts";
import type { Step } from "./step.ts";

const ref = { namespace: "default", service: "shop" };

/** `web-0: start web < reload` is step "start web" of web-0, which needs step "reload"; `[start]` is its gate. */
function step(line: string): Step {
  const [, item, key, gate, needs] = line.match(/^(\S+): ([^<[]+?)(?: \[(\w+)\])?(?: < (.*))?$/)!;
  return {
    key,
    item,
    why: key,
    needs: needs?.split(", ") ?? [],
    owns: [],
    timeoutMs: 1_000,
    ...(gate && { gate: gate as "start" | "stop" }),
    do: { exec: { argv: key.split(" ") } },
  };
}

function arrange(lines: string[], waits: Wait[] = []) {
  const steps = lines.map(step);
  return arrangeHostPlan({ host: "a", ref, steps, waits, later: [], problems: [] });
}

function check(lines: string[], waits: Wait[], expected: string[]): void {
  const plan = arrange(lines, waits);
  assert.deepEqual(plan.problems, []);
  assert.deepEqual(plan.steps.map(({ key }) => key), expected);
}

Deno.test("arrangeHostPlan() makes steps of one key one, with the needs of all", () => {
  const lines = [
    "web-0: write web",
    "web-0: reload < write web",
    "web-0: start web < reload",
    "api-0: write api",
    "api-0: reload < write api",
    "api-0: start api < reload",
  ];
  check(lines, [], ["write web", "write api", "reload", "start web", "start api"]);
  const reload = arrange(lines).steps.find(({ key }) => key === "reload")!;
  assert.deepEqual(reload.needs, ["write web", "write api"]);
});

Deno.test("arrangeHostPlan() starts what is depended on first", () => {
  check(
    ["client-0: start client [start]", "web-0: write web", "web-0: start web [start] < write web"],
    [{ item: "client-0", gate: "start", for: ["web-0"] }],
    ["write web", "start web", "start client"],
  );
});

Deno.test("arrangeHostPlan() stops in the reverse order though all share one reload", () => {
  check(
    [
      "web-0: stop web [stop]",
      "web-0: remove web < stop web",
      "web-0: reload < remove web",
      "client-0: stop client [stop]",
      "client-0: remove client < stop client",
      "client-0: reload < remove client",
    ],
    [{ item: "web-0", gate: "stop", for: ["client-0"] }],
    ["stop client", "stop web", "remove web", "remove client", "reload"],
  );
});

Deno.test("arrangeHostPlan() lets nobody wait for what clears away after another has stopped", () => {
  const removal = (item: string) => [
    `${item}: stop ${item} [stop]`,
    `${item}: remove ${item} < stop ${item}`,
    `${item}: reload < remove ${item}`,
    `${item}: forget ${item} < reload`,
  ];
  check(
    [...removal("web-0"), ...removal("client-0")],
    [{ item: "web-0", gate: "stop", for: ["client-0"] }],
    [
      ...["stop client-0", "stop web-0", "remove web-0", "remove client-0"],
      ...["reload", "forget web-0", "forget client-0"],
    ],
  );
});

Deno.test("arrangeHostPlan() leaves out steps that wait for each other, and says which", () => {
  const plan = arrange(
    ["a-0: start a [start]", "b-0: start b [start]", "c-0: start c"],
    [{ item: "a-0", gate: "start", for: ["b-0"] }, { item: "b-0", gate: "start", for: ["a-0"] }],
  );
  assert.deepEqual(plan.steps.map(({ key }) => key), ["start c"]);
  assert.equal(plan.problems[0].code, "PLAN_STEP_CYCLE");
  assert.match(plan.problems[0].why!, /start a → start b → start a/);
});

Deno.test("arrangeHostPlan() finds fault with keys that do two things and needs that are not there", () => {
  const other = { ...step("b-0: reload"), do: { remove: { path: "/x" } } };
  const parts = { host: "a", ref, waits: [], later: [], problems: [] };
  const { problems } = arrangeHostPlan({ ...parts, steps: [step("a-0: reload"), other] });
  assert.match(problems[0].what, /"reload" of "a-0" and of "b-0"/);
  assert.match(arrange(["a-0: start < nothing"]).problems[0].why!, /needs step "nothing"/);
});

Deno.test("planDigest() is another where a plan does something else, and not where it says something else", () => {
  const saved = {
    service: { ref, baseGeneration: 1, instances: [], changes: [], problems: [] },
    hosts: [arrange(["a-0: start a", "b-0: start b"])],
  };
  const words = { ...saved, hosts: [{ ...saved.hosts[0], later: [{ item: "x", why: "y" }] }] };
  assert.equal(planDigest(saved), planDigest(words));
  const others = [
    { ...saved, service: { ...saved.service, baseGeneration: 2 } },
    { ...saved, hosts: [arrange(["b-0: start b", "c-0: start c"])] },
    { ...saved, hosts: [arrange(["b-0: start b", "a-0: start a"])] },
  ];
  for (const other of others) assert.notEqual(planDigest(saved), planDigest(other));
});
