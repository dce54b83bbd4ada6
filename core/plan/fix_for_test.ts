import assert from "node:assert/strict";
import { hasErrors } from "../base/mod.ts";
import { findCommand } from "../cli/find_command.ts";
import { graph, host, type NodeOptions, plan, type PolicyOptions } from "./_shop.ts";
import type { HostInventory } from "./inventory.ts";
import type { ServicePlanInput } from "./plan_service.ts";

interface Given {
  readonly nodes?: Record<string, NodeOptions>;
  readonly policies?: Record<string, PolicyOptions>;
  readonly needs?: ServicePlanInput["needs"];
}

/** Returns how the one instance that finds no host can be helped. */
function fix(hosts: readonly HostInventory[], given: Given = {}): string {
  const { nodes = { web: {} }, policies = {}, needs } = given;
  const { problems } = plan(graph(nodes, policies), hosts, needs && { needs });
  assert.ok(hasErrors(problems));
  assert.deepEqual([...new Set(problems.map(({ code }) => code))], ["PLAN_REFUSED"]);
  for (const [, command] of problems[0].fix!.matchAll(/\b(khutulun [a-z ]+[a-z])\b/g)) {
    assert.equal(typeof findCommand(command.split(" ").slice(1)), "object", command);
  }
  return problems[0].fix!;
}

function placement(properties: PolicyOptions["properties"], targets = ["web"]): PolicyOptions {
  return { type: "Placement", targets, properties };
}

const addHost = "dd a host (khutulun cluster token create, then khutulun join TOKEN there)";
const full = { capacity: { cpus: 4, memoryBytes: 4 * 2 ** 30 } };

Deno.test("fixFor() lets a cordoned host take instances again where that helps", () => {
  const [cordoned, drained] = [host("a", { isCordoned: true }), host("b", { isDraining: true })];
  const again = 'Let host "a" take instances again (khutulun host uncordon a)';
  assert.equal(fix([cordoned]), again);
  assert.equal(fix([cordoned, drained]), again);
  assert.equal(fix([host("id-a", { name: "a", isCordoned: true })]), again, "by its name");
  const nodes = { web: { properties: { cpus: 8 } } };
  assert.equal(fix([host("a", { isCordoned: true, ...full })], { nodes }), `A${addHost}`);
});

Deno.test("fixFor() tells which host is nearest to having room, and how much it lacks", () => {
  const nodes = { web: { properties: { cpus: 4, memory: 2 * 2 ** 30 } } };
  const busy = (id: string, cpus: number, gib: number) =>
    host(id, { ...full, used: { cpus, memoryBytes: gib * 2 ** 30 } });
  assert.equal(
    fix([busy("a", 2, 0), busy("b", 0.5, 0)], { nodes }),
    'Ask for less (property "cpus"): host "b" comes nearest, and is 0.5 processors short',
  );
  assert.equal(
    fix([busy("a", 0, 4), busy("b", 0, 2.25)], { nodes }),
    'Ask for less (property "memory"): host "b" comes nearest, and is 256 MiB of memory short',
  );
  assert.match(
    fix([busy("a", 0, 3), busy("b", 1, 0)], { nodes }),
    /"cpus".* host "b" .* 1 processor short, or ask for less .*"memory".* host "a" .* 1024 MiB/,
  );
});

Deno.test("fixFor() adds a host, or loosens the policy, where copies are to be apart", () => {
  const many = { type: "Redundancy", targets: ["web"], properties: { min: 2 } };
  for (const type of ["Scattering", "Separation"]) {
    const wide = { type, targets: ["web"], properties: { mode: "strict" } };
    assert.equal(
      fix([host("a")], { policies: { many, wide } }),
      `A${addHost}, want fewer instances, or give policy "wide" the mode "preferred"`,
    );
  }
});

Deno.test("fixFor() labels a host as a policy wants it, or names one that is there", () => {
  const east = { there: placement({ labels: { zone: ["east"] } }) };
  assert.equal(
    fix([host("a"), host("b")], { policies: east }),
    'Label a host as policy "there" wants it (khutulun host label a zone=east)',
  );
  const any = { there: placement({ labels: { zone: ["*"] } }) };
  assert.match(fix([host("a")], { policies: any }), /\(khutulun host label a zone=VALUE\)$/);
  const named = { there: placement({ hosts: ["x"] }) };
  assert.equal(
    fix([host("a"), host("b")], { policies: named }),
    'Let policy "there" name a host of the cluster ("a", "b"), or add host "x"',
  );
  assert.match(
    fix([host("a"), host("x", { isCordoned: true })], { policies: named }),
    /^Let host "x" take instances again/,
    "the host that is named is the one to mend",
  );
});

Deno.test("fixFor() brings back what is away before it adds hosts", () => {
  assert.match(fix([host("a", { liveness: "suspect" })]), /^Wait until host "a" answers again/);
  assert.equal(fix([host("a", { liveness: "dead" })]), 'Start host "a" again');
  assert.equal(
    fix([host("a", { liveness: "dead" }), host("b", { liveness: "left" })]),
    `Start host "a" again, or a${addHost}`,
  );
  assert.equal(fix([]), `A${addHost}`);
});

Deno.test("fixFor() names what is missing on a host, or held by others", () => {
  const needs = new Map([["web", { claims: [], commands: ["podman"] }]]);
  assert.equal(
    fix([host("a", { missingCommands: ["podman"] })], { needs }),
    'Install "podman" on host "a"',
  );
  const nodes = {
    web: { to: { port: "port" } },
    port: { type: "Port", properties: { port: 80 } },
  };
  const taken = host("a", { listeners: [{ key: "tcp/80", holder: "nginx (pid 7)" }] });
  assert.equal(
    fix([taken], { nodes }),
    'Free tcp port 80 on host "a", or ask for another in the template',
  );
  const few = { ...nodes, port: { type: "Port", properties: { from: 80, to: 80 } } };
  assert.equal(
    fix([taken], { nodes: few }),
    "Ask for a wider range than 80 to 80 in the template",
  );
});

Deno.test("fixFor() changes a policy that has chosen or shared out all that there is", () => {
  const nodes = { web: { properties: { cpus: 4 } }, cache: { properties: { cpus: 4 } } };
  assert.match(
    fix([host("a", full), host("b", full)], {
      nodes,
      policies: { few: placement({ count: 1 }, ["web", "cache"]) },
    }),
    /^Let policy "few" choose more hosts, or ask for less/,
  );
  const shares = {
    type: "Distribution",
    targets: ["web"],
    properties: { label: "zone", ratio: { east: 1 }, mode: "strict" },
  };
  assert.equal(
    fix([host("a", { labels: { zone: "west" } })], { policies: { shares } }),
    'Give policy "shares" the mode "preferred", or add hosts with label "zone"',
  );
});
