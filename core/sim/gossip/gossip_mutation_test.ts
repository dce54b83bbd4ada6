/** Variants of the protocol that are broken on purpose: each must be caught by what is checked. */
import assert from "node:assert/strict";
import { gossipProfiles, type GossipSettings, type Outputs, step } from "../../gossip/mod.ts";
import {
  decodePacketMessages,
  encodeCompound,
  encodePacketMessage,
  openPacket,
  type PacketMessage,
  sealPacket,
} from "../../gossip/codec/mod.ts";
import { disagreement, falseFailures } from "./gossip_checkers.ts";
import { GossipSimulator } from "./gossip_simulator.ts";
import { oneWay, partition } from "./network_faults.ts";

const { lan } = gossipProfiles;
const plain = { label: new Uint8Array(0) };

const nothing = (): Outputs => ({
  sends: [],
  dials: [],
  replies: [],
  schedules: [],
  notifies: [],
  reports: [],
});

/** Returns a `step()` that sees other packets than arrived. */
function tampered(
  change: (name: string, message: PacketMessage) => PacketMessage | undefined,
): typeof step {
  return (swim, input, nowMs) => {
    if (input.kind !== "packet") return step(swim, input, nowMs);
    const { messages } = decodePacketMessages(openPacket(input.bytes, plain));
    const changed = messages.map((message) => change(swim.name, message))
      .filter((message) => message !== undefined);
    if (changed.length === 0) return nothing();
    const bytes = sealPacket(encodeCompound(changed.map(encodePacketMessage)), plain);
    return step(swim, { ...input, bytes }, nowMs);
  };
}

function cluster(members: number, settings: Partial<GossipSettings>, take = step): GossipSimulator {
  const simulator = new GossipSimulator({ seed: 3, settings: { ...lan, ...settings }, step: take });
  for (let i = 0; i < members; i++) simulator.add(`m${i}`);
  for (let i = 1; i < members; i++) simulator.join(`m${i}`, "m0");
  return simulator;
}

/** A member that stands still for a while and comes back: without refutation it is killed or stays dead. */
function thaws(take: typeof step): boolean {
  const simulator = cluster(6, { rejoinIntervalMs: 0, pushPullIntervalMs: 3_600_000 }, take);
  simulator.run(10_000);
  simulator.freeze("m3", 12_000);
  simulator.run(60_000);
  return disagreement(simulator) === undefined;
}

Deno.test("mutation: refutation off is caught", () => {
  const deaf = tampered((name, message) => {
    const accuses = (message.type === "suspect" || message.type === "dead") &&
      message.node === name;
    return accuses ? undefined : message;
  });
  assert.equal(thaws(step), true);
  assert.equal(thaws(deaf), false);
});

Deno.test("mutation: incarnations ignored are caught by news that never ends", () => {
  const known = new Map<string, number>();
  const credulous = tampered((name, message) => {
    if (message.type !== "alive" || message.node === name) return message;
    const incarnation = (known.get(`${name} ${message.node}`) ?? 1) + 1;
    known.set(`${name} ${message.node}`, incarnation);
    return { ...message, incarnation };
  });
  const waiting = (take: typeof step) => {
    const simulator = cluster(4, {}, take);
    simulator.run(30_000);
    return [...simulator.members.values()].reduce((sum, { swim }) => sum + swim.queue.size, 0);
  };
  assert.equal(waiting(step), 0);
  assert.ok(waiting(credulous) > 0);
});

Deno.test("mutation: suspicion skipped is caught by false deaths", () => {
  const deaths = (settings: Partial<GossipSettings>) => {
    const simulator = cluster(8, { streamPing: false, ...settings });
    simulator.faults.loss = 0.12;
    simulator.run(180_000);
    return falseFailures(simulator);
  };
  assert.equal(deaths({}), 0);
  assert.ok(deaths({ suspicionMultiplier: 0.1 }) > 0);
});

Deno.test("mutation: indirect pings off are caught where one way is cut", () => {
  const deaths = (indirectChecks: number) => {
    const simulator = cluster(6, { streamPing: false, indirectChecks });
    simulator.run(5_000);
    simulator.cut(oneWay(["m1"], ["m2"]));
    simulator.run(120_000);
    return simulator.get("m1").notifications.filter(({ it }) => it.kind === "suspected").length;
  };
  assert.equal(deaths(3), 0);
  assert.ok(deaths(0) > 0);
});

Deno.test("mutation: healing off is caught by a partition that stays", () => {
  const heals = (rejoinIntervalMs: number) => {
    const simulator = cluster(4, { rejoinIntervalMs });
    simulator.run(10_000);
    const lift = simulator.cut(partition(["m0", "m1"]));
    simulator.run(300_000);
    lift();
    return simulator.runUntil(() => disagreement(simulator) === undefined, 60_000) !== undefined;
  };
  assert.equal(heals(lan.rejoinIntervalMs), true);
  assert.equal(heals(0), false);
});

Deno.test("mutation: the echo off is caught by a mass join with a long tail", () => {
  const slow = (echoMs: number) => {
    let count = 0;
    for (let seed = 0; seed < 4; seed++) {
      const simulator = new GossipSimulator({
        seed,
        settings: { ...lan, missedOnceIn: 1, echoMs },
      });
      for (let i = 0; i < 40; i++) simulator.add(`m${i}`);
      for (let i = 1; i < 40; i++) simulator.join(`m${i}`, "m0");
      if (simulator.runUntil(() => disagreement(simulator) === undefined, 8_000) === undefined) {
        count++;
      }
    }
    return count;
  };
  assert.equal(slow(lan.echoMs), 0);
  assert.ok(slow(0) > 0);
});
