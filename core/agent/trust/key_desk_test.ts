import assert from "node:assert/strict";
import { problem, ProblemError } from "../../base/mod.ts";
import { LocalFiles } from "../../platform/mod.ts";
import { formatRing, type KeyRing, parseRing } from "../../trust/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { HostTrust } from "./host_trust.ts";
import { KeyDesk } from "./key_desk.ts";

const names = ["alpha", "beta", "gamma"];
const random = {
  next: () => Math.random(),
  bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};

Deno.test("rotate() killed at any question leaves hosts that hear each other, and any host goes on with it", async () => {
  await withHosts(async (hosts) => {
    let isCut = true;
    for (let questions = 0; isCut; questions++) {
      assert(questions < 50, "a rotation asks a bounded number of questions");
      const before = hosts.rings()[0].keys[0];
      hosts.allow(questions);
      isCut = await hosts.desk("alpha").rotate().then(() => false, () => true);
      hosts.check();
      hosts.allow(Infinity);
      const view = await hosts.desk("gamma").rotate();
      hosts.check();
      assert.equal(view.rotation, "none");
      assert.equal(new Set(hosts.rings().map(formatRing)).size, 1);
      assert(!hosts.rings()[0].keys.includes(before), "the old key is gone");
    }
  });
});

Deno.test("rotations at once never part the hosts, and end with one key that all have", async () => {
  for (let round = 0; round < 5; round++) {
    await withHosts(async (hosts) => {
      hosts.watch();
      await Promise.all(names.map((name) => hosts.desk(name).rotate()));
      await hosts.desk("gamma").rotate();
      assert.equal(new Set(hosts.rings().map(formatRing)).size, 1);
      assert.equal(hosts.rings()[0].keys.length, 1);
    });
  }
});

Deno.test("rotate() waits for who lives and goes on without who is dead, who learns of it later", async () => {
  await withHosts(async (hosts) => {
    hosts.silent.add("beta");
    await assert.rejects(
      hosts.desk("alpha").rotate(),
      (error) => (error as ProblemError).problem.code === "TRUST_KEYS_UNFINISHED",
    );
    hosts.dead.add("beta");
    const { hosts: seen } = await hosts.desk("alpha").rotate();
    assert.equal(seen.find(({ host }) => host === "beta")!.generation, undefined);
    hosts.silent.clear();
    hosts.dead.clear();
    await hosts.desk("beta").learn();
    assert.equal(new Set(hosts.rings().map(formatRing)).size, 1);
  });
});

/** Hosts that ask each other directly, each question of which may be the last. */
class Hosts {
  readonly silent = new Set<string>();
  readonly dead = new Set<string>();
  readonly #trusts: ReadonlyMap<string, HostTrust>;
  #questions = Infinity;

  constructor(trusts: ReadonlyMap<string, HostTrust>) {
    this.#trusts = trusts;
  }

  /** Kills whoever asks after so many questions. */
  allow(questions: number): void {
    this.#questions = questions;
  }

  rings(): KeyRing[] {
    return names.map((name) => this.#trusts.get(name)!.ring);
  }

  /** Everybody can read what everybody writes. */
  check(): void {
    for (const reader of this.rings()) {
      for (const writer of this.rings()) assert(reader.keys.includes(writer.keys[writer.primary]));
    }
  }

  /** Checks whenever a host has another ring. */
  watch(): void {
    for (const trust of this.#trusts.values()) trust.onChange(() => this.check());
  }

  desk(host: string): KeyDesk {
    const context = {
      host,
      store: {
        hosts: () => Promise.resolve(names),
        host: (id: string) => ({ read: () => Promise.resolve({ id, api: "127.0.0.1:1" }) }),
      },
      membership: { liveness: (id: string) => this.dead.has(id) ? "dead" : "alive" },
      peers: {
        of: ({ id }: { id: string }) => ({
          ring: () => this.#ask(id, (trust) => Promise.resolve(trust.ring)),
          offerRing: (ring: string) => this.#ask(id, (trust) => trust.takeRing(parseRing(ring))),
        }),
      },
    };
    return new KeyDesk(context as unknown as AgentContext, this.#trusts.get(host)!, random);
  }

  async #ask(id: string, question: (trust: HostTrust) => Promise<KeyRing>): Promise<string> {
    if (this.#questions-- <= 0) throw new Error("killed");
    if (this.silent.has(id)) {
      throw new ProblemError(problem("API_UNREACHABLE", { what: `Cannot reach "${id}"` }));
    }
    return formatRing(await question(this.#trusts.get(id)!));
  }
}

async function withHosts(test: (hosts: Hosts) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "khutulun-test-" });
  const clock = { nowMs: Date.now, monotonicMs: Date.now, sleep: () => Promise.resolve() };
  const ports = { clock, random, files: new LocalFiles() };
  const ownerOf = (host: string) => ({
    own: `${directory}/${host}`,
    cluster: "0".repeat(32),
    host,
    address: "127.0.0.1",
  });
  try {
    const first = await HostTrust.seed(ports, ownerOf("alpha"));
    const trusts = new Map([["alpha", first]]);
    for (const host of ["beta", "gamma"]) {
      trusts.set(host, await HostTrust.accept(ports, ownerOf(host), first.share()));
    }
    await test(new Hosts(trusts));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
