import assert from "node:assert/strict";
import type { ProblemError } from "../../base/mod.ts";
import { LocalFiles } from "../../platform/mod.ts";
import { addKey, certificateLifeMs, formatRing, ringKeys } from "../../trust/mod.ts";
import { examineAuthority, examineCertificate } from "./examine_trust.ts";
import { followRing } from "./follow_ring.ts";
import { HostTrust, openTrust, type TrustPorts } from "./host_trust.ts";

const dayMs = 86_400_000;
const cluster = "0123456789abcdef0123456789abcdef";

/** Real files in a directory of their own, and a clock that is set by hand. */
interface Scene {
  readonly ports: TrustPorts;
  readonly owner: { own: string; cluster: string; host: string; address: string };
  nowMs: number;
}

Deno.test("seed() makes files that their user alone can read, once; open() reads them", async () => {
  await withScene(async ({ ports, owner }) => {
    const made = await HostTrust.seed(ports, owner);
    assert.equal(Deno.statSync(`${owner.own}/trust`).mode! & 0o777, 0o700);
    for (const { name } of Deno.readDirSync(`${owner.own}/trust`)) {
      assert.equal(Deno.statSync(`${owner.own}/trust/${name}`).mode! & 0o777, 0o600, name);
    }
    const again = await HostTrust.seed(ports, owner);
    assert.equal(again.authority.facts.fingerprint, made.authority.facts.fingerprint);
    const opened = (await HostTrust.open(ports, owner))!;
    assert.deepEqual(opened.credentials, made.credentials);
    assert.deepEqual(opened.ring, made.ring);
    assert(opened.facts.names.includes("10.0.0.1"));
  });
});

Deno.test("accept() makes another host of the same cluster, and replaces what was cut short", async () => {
  await withScene(async ({ ports, owner }) => {
    const first = await HostTrust.seed(ports, owner);
    const beta = { ...owner, own: `${owner.own}/beta`, host: "beta" };
    await Deno.mkdir(`${beta.own}/trust.new`, { recursive: true });
    await Deno.writeTextFile(`${beta.own}/trust.new/ca.key`, "half of a k");
    const second = await HostTrust.accept(ports, beta, first.share());
    assert.equal(second.authority.facts.fingerprint, first.authority.facts.fingerprint);
    const facts = await first.authority.verify(second.credentials.certificate, ports.clock.nowMs());
    assert.deepEqual([facts.role, facts.name], ["host", "beta"]);
    assert.notEqual(second.sealKey.privateKey, first.sealKey.privateKey);
    assert.deepEqual([...Deno.readDirSync(beta.own)].map(({ name }) => name), ["trust"]);
  });
});

Deno.test("renewWhereDue() renews at two thirds of the life, when expired, and for another address", async () => {
  await withScene(async (scene) => {
    const { ports, owner } = scene;
    const trust = await HostTrust.seed(ports, owner);
    let changes = 0;
    trust.onChange(() => changes++);
    scene.nowMs += certificateLifeMs / 2;
    assert.equal(await trust.renewWhereDue(), false);
    scene.nowMs += certificateLifeMs / 4;
    const before = trust.facts.fingerprint;
    assert.equal(await trust.renewWhereDue(), true);
    assert.notEqual(trust.facts.fingerprint, before);
    assert.equal(trust.facts.notAfterMs, scene.nowMs + certificateLifeMs);
    assert.equal(changes, 1);
    const opened = (await HostTrust.open(ports, owner))!;
    assert.equal(opened.facts.fingerprint, trust.facts.fingerprint);
    scene.nowMs += certificateLifeMs * 2;
    assert.equal(opened.renewal().state, "expired");
    assert.equal(await opened.renewWhereDue(), true);
    const moved = (await HostTrust.open(ports, { ...owner, address: "10.9.9.9" }))!;
    assert.equal(await moved.renewWhereDue(), true);
    assert(moved.facts.names.includes("10.9.9.9"));
  });
});

Deno.test("takeRing() keeps the newer ring, and the gossip follows it", async () => {
  await withScene(async ({ ports, owner }) => {
    const trust = await HostTrust.seed(ports, owner);
    const followed: Uint8Array[][] = [];
    followRing(trust, { setKeys: (keys) => void followed.push([...keys]) });
    const added = addKey(trust.ring, ports.random);
    const used = { ...added, generation: 3, primary: 1 };
    const removed = { generation: 4, keys: [added.keys[1]], primary: 0 };
    for (const ring of [added, used, removed, added]) await trust.takeRing(ring);
    assert.deepEqual(trust.ring, removed);
    assert.deepEqual(followed, [added, used, removed].map(ringKeys));
    const opened = (await HostTrust.open(ports, owner))!;
    assert.equal(formatRing(opened.ring), formatRing(removed));
  });
});

Deno.test("openTrust() says what is missing; remove() leaves nothing", async () => {
  await withScene(async ({ ports, owner }) => {
    await HostTrust.seed(ports, owner);
    await HostTrust.remove(ports.files, owner);
    assert.deepEqual([...Deno.readDirSync(owner.own)], []);
    await assert.rejects(
      openTrust(ports, owner),
      (error) => (error as ProblemError).problem.code === "TRUST_MATERIAL_MISSING",
    );
  });
});

Deno.test("doctor warns long before certificates end", async () => {
  await withScene(async ({ ports, owner }) => {
    const { facts, authority } = await HostTrust.seed(ports, owner);
    const statusAt = (days: number) =>
      examineCertificate(facts, ports.clock.nowMs() + days * dayMs).status;
    assert.deepEqual([0, 61, 76, 91].map(statusAt), ["ok", "ok", "warning", "failed"]);
    const ofAuthority = (days: number) =>
      examineAuthority(authority.facts, ports.clock.nowMs() + days * dayMs).status;
    assert.deepEqual([0, 3_000, 3_300, 3_700].map(ofAuthority), ["ok", "ok", "warning", "failed"]);
  });
});

async function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const own = await Deno.makeTempDir({ prefix: "khutulun-test-" });
  const scene: Scene = {
    nowMs: Date.UTC(2030, 0, 1),
    owner: { own, cluster, host: "alpha", address: "10.0.0.1" },
    ports: {
      clock: {
        nowMs: () => scene.nowMs,
        monotonicMs: () => scene.nowMs,
        sleep: () => Promise.resolve(),
      },
      random: {
        next: () => 0.5,
        bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      },
      files: new LocalFiles(),
    },
  };
  try {
    await test(scene);
  } finally {
    await Deno.remove(own, { recursive: true });
  }
}
