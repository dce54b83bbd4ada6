import assert from "node:assert/strict";
import type { ProblemError } from "../../base/mod.ts";
import { RecordingLogger } from "../../sim/mod.ts";
import { openStore, type Store, type TokenSpec } from "../../store/mod.ts";
import { MemoryState } from "../../../tests/support/memory_store.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Liveness } from "../../gossip/mod.ts";
import { TokenDesk } from "./token_desk.ts";

const hourMs = 60 * 60 * 1_000;
const dayMs = 24 * hourMs;
const names = ["alpha", "beta"];

/** Two hosts on one state, each with its own view of whether the other lives. */
class Hosts {
  readonly liveness = new Map<string, Liveness>(names.map((name) => [name, "alive"]));
  readonly logger = new RecordingLogger();

  private constructor(
    readonly state: MemoryState,
    readonly stores: ReadonlyMap<string, Store>,
    readonly desks: ReadonlyMap<string, TokenDesk>,
  ) {}

  static async open(): Promise<Hosts> {
    const state = await MemoryState.seeded();
    const stores = new Map<string, Store>();
    const desks = new Map<string, TokenDesk>();
    const hosts = new Hosts(state, stores, desks);
    for (const host of names) {
      const { options } = state.life({}, { host, boot: "b1" });
      const store = await state.clock.run(openStore(options));
      const spec = { name: host, address: "127.0.0.1", api: "127.0.0.1:1", labels: {} };
      await state.clock.run(store.host(host).write(spec as never));
      stores.set(host, store);
      const membership = { liveness: (each: string) => hosts.liveness.get(each)! };
      const { clock } = state;
      const context = { store, clock, host, membership, logger: hosts.logger };
      desks.set(
        host,
        new TokenDesk(context as unknown as AgentContext, undefined as never, undefined as never),
      );
    }
    return hosts;
  }

  /** Writes a token that is of use for a day. */
  async make(id: string, parts: Partial<TokenSpec> = {}): Promise<void> {
    const nowMs = this.state.clock.nowMs();
    const spec: TokenSpec = {
      id,
      secretHash: "00",
      createdMs: nowMs,
      expiresMs: nowMs + dayMs,
      isSingleUse: false,
      by: "admin:root",
      isRevoked: false,
      uses: [],
      ...parts,
    };
    await this.state.clock.run(this.stores.get("alpha")!.token(id).write(spec, 0));
  }

  /** Lets time pass, and some hosts do at the same time what they do now and then. */
  async after(ms: number, ...who: string[]): Promise<string[]> {
    await this.state.clock.advance(ms);
    const all = Promise.all(who.map((name) => this.desks.get(name)!.forgetWhereDue()));
    await this.state.clock.run(all);
    return await this.tokens();
  }

  tokens(): Promise<string[]> {
    return this.state.clock.run(this.stores.get("beta")!.tokens());
  }
}

Deno.test("forgetWhereDue() forgets tokens a month after they were of use, and no other", async () => {
  const hosts = await Hosts.open();
  const nowMs = hosts.state.clock.nowMs();
  const longMs = { expiresMs: nowMs + 300 * dayMs };
  const uses = [{ host: "beta", atMs: nowMs }];
  await hosts.make("expired");
  await hosts.make("used", { ...longMs, isSingleUse: true, uses });
  await hosts.make("reused", { ...longMs, uses });
  await hosts.make("revoked", longMs);
  await hosts.make("usable", longMs);
  const revoked = await hosts.state.clock.run(hosts.desks.get("beta")!.revoke("revoked"));
  assert.equal(revoked.state, "revoked");
  const all = ["expired", "reused", "revoked", "usable", "used"];
  assert.deepEqual(await hosts.after(30 * dayMs - 1, "alpha"), all);
  assert.deepEqual(await hosts.after(hourMs, "alpha"), ["expired", "reused", "usable"]);
  assert.deepEqual(await hosts.after(dayMs, "alpha"), ["reused", "usable"]);
  const left = Object.keys(hosts.state.disk.texts()).filter((path) => /tokens\/\w/.test(path));
  assert.deepEqual(left.map((path) => path.split("/").at(-1)).sort(), [
    "reused.1",
    "reused.yaml",
    "usable.1",
    "usable.yaml",
  ]);
});

Deno.test("forgetWhereDue() is done by one host, and without harm by two at once", async () => {
  const hosts = await Hosts.open();
  for (let each = 0; each < 120; each++) await hosts.make(`old-${each}`);
  assert.equal((await hosts.after(40 * dayMs, "beta")).length, 120, "alpha lives, and is first");
  assert.equal((await hosts.after(hourMs, "alpha")).length, 20, "so many at a time");
  hosts.liveness.set("alpha", "dead");
  assert.equal((await hosts.after(1, "alpha")).length, 20, "now and then");
  assert.deepEqual(await hosts.after(hourMs, "alpha", "beta"), []);
  assert.deepEqual(await hosts.after(hourMs, "alpha", "beta"), []);
  const { lines } = hosts.logger;
  assert.ok(lines.length > 0 && lines.every(({ level }) => level === "info"));
});

Deno.test("revoke() refuses a token that was forgotten meanwhile, and writes nothing", async () => {
  const hosts = await Hosts.open();
  await hosts.make("old");
  const { clock } = hosts.state;
  const beta = hosts.stores.get("beta")!;
  // Its list is of before.
  Object.assign(beta, { tokens: () => Promise.resolve(["old"]) });
  await clock.run(hosts.stores.get("alpha")!.removeToken("old"));
  await assert.rejects(
    clock.run(hosts.desks.get("beta")!.revoke("old")),
    (error) => (error as ProblemError).problem.code === "TRUST_TOKEN_UNKNOWN",
  );
  assert.deepEqual(await clock.run(hosts.stores.get("alpha")!.tokens()), []);
});
