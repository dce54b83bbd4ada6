import assert from "node:assert/strict";
import type { ProblemError } from "../../base/mod.ts";
import { LocalFiles } from "../../platform/mod.ts";
import { FileError } from "../../ports/mod.ts";
import { addKey, certificateLifeMs, formatRing, isLostRing, ringKeys } from "../../trust/mod.ts";
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

Deno.test("openTrust() makes anew what the authority can make, and keeps the rest", async () => {
  await withScene(async ({ ports, owner }) => {
    const made = await HostTrust.seed(ports, owner);
    const newer = addKey(made.ring, ports.random);
    for (const name of ["host.pem", "seal.json", "gossip.keys"]) {
      const path = `${owner.own}/trust/${name}`;
      const text = await Deno.readTextFile(path);
      for (const damaged of [undefined, "", text.slice(0, -30), text.slice(0, 50)]) {
        await Deno.remove(path);
        if (damaged !== undefined) await Deno.writeTextFile(path, damaged);
        const trust = await openTrust(ports, owner);
        assert.equal(trust.facts.name, "alpha");
        assert.equal(trust.authority.facts.fingerprint, made.authority.facts.fingerprint);
        const isRing = name === "gossip.keys";
        assert.equal(isLostRing(trust.ring), isRing);
        assert.deepEqual((await trust.mend()).length, 1);
        if (isRing) assert.deepEqual(await trust.takeRing(newer), newer);
        const again = (await HostTrust.open(ports, owner))!;
        assert.deepEqual(await again.mend(), []);
        assert.deepEqual(again.credentials, trust.credentials);
        assert.deepEqual(again.sealKey, trust.sealKey);
        assert.deepEqual(again.ring, trust.ring);
        if (!isRing) await Deno.writeTextFile(path, text);
        else await trust.takeRing(newer);
      }
    }
    // Put back from another host's backup: what is that host's own is made anew.
    const beta = await openTrust(ports, { ...owner, host: "beta" });
    assert.equal(beta.facts.name, "beta");
    assert.notEqual(beta.sealKey.privateKey, made.sealKey.privateKey);
  });
});

Deno.test("open() refuses an authority that is damaged, or that this user may not read", async () => {
  await withScene(async ({ ports, owner }) => {
    const { authority, ring } = await HostTrust.seed(ports, owner);
    const refusal = async (files = ports.files) => {
      const error = await HostTrust.open({ ...ports, files }, owner).catch((error) => error);
      const { code, fix } = (error as ProblemError).problem;
      return `${code}: ${fix}`;
    };
    for (const name of ["ca.crt", "ca.key"]) {
      const path = `${owner.own}/trust/${name}`;
      const text = await Deno.readTextFile(path);
      for (const damaged of ["", text.slice(0, 100)]) {
        await Deno.writeTextFile(path, damaged);
        assert.match(await refusal(), /^TRUST_CERTIFICATE_INVALID: .* here khutulun join TOKEN$/);
      }
      await Deno.writeTextFile(path, text);
    }
    const denied = (path: string) => Promise.reject(new FileError("EACCES", "readText", path));
    const files = Object.assign(new LocalFiles(), { readText: denied });
    assert.match(await refusal(files), /^TRUST_MATERIAL_MISSING: Run the agent as the user/);
    // What a join replaces is kept: it may be the last there is of an authority.
    const { certificate: authorityCertificate, privateKey: authorityKey } = authority;
    await Deno.remove(`${owner.own}/trust/ca.crt`);
    await HostTrust.accept(ports, owner, { authorityCertificate, authorityKey, ring });
    assert.equal(await Deno.readTextFile(`${owner.own}/trust.before/ca.key`), authorityKey);
    await HostTrust.remove(ports.files, owner);
    assert.deepEqual([...Deno.readDirSync(owner.own)], []);
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
