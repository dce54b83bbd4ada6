import assert from "node:assert/strict";
import { MemoryState, problemCodeOf, walkCrashes } from "../../tests/support/memory_store.ts";
import { contextOf, type StoreOptions } from "./_context.ts";
import { LinkedClaims } from "./claims.ts";
import type { ClaimHolder } from "./documents.ts";
import type { ClaimResult } from "./store.ts";

function claims(options: StoreOptions): LinkedClaims {
  return new LinkedClaims(contextOf(options), "/state/hosts/a/claims");
}

function holder(instance: string, epoch = 1): Omit<ClaimHolder, "attempt"> {
  return { namespace: "default", service: "shop", instance, epoch, at: "2026-01-01T00:00:00Z" };
}

/** What became of taking a claim, without the attempts, which are drawn. */
function outcomeOf(result: ClaimResult): string {
  if (!result.taken) return `held by ${result.by.instance}`;
  return result.isNew ? "new" : "had";
}

Deno.test("take() gives a key to one holder, again to the same, and names it to others", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = claims(state.life().options);
    assert.deepEqual(await those.list(), []);
    assert.equal(outcomeOf(await those.take("tcp", "9001", holder("web-0"))), "new");
    assert.equal(outcomeOf(await those.take("tcp", "9001", holder("web-0"))), "had");
    assert.equal(outcomeOf(await those.take("tcp", "9001", holder("web-1"))), "held by web-0");
    await those.take("tcp", "80", holder("web-1"));
    await those.take("path", "/srv/data", holder("web-1"));
    const listed = (await those.list()).map(({ kind, key }) => `${kind}/${key}`);
    assert.deepEqual(listed, ["path//srv/data", "tcp/80", "tcp/9001"]);
  })());
  assert.deepEqual(state.temporaryFiles(), []);
});

Deno.test("take() in a later epoch keeps an acknowledgement of an earlier one from freeing it", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = claims(state.life().options);
    await those.take("tcp", "9001", holder("web-0", 1));
    assert.equal(outcomeOf(await those.take("tcp", "9001", holder("web-0", 2))), "new");
    assert.equal(await those.free("tcp", "9001", holder("web-0", 1)), false);
    assert.equal((await those.list())[0].holder.epoch, 2);
    assert.equal(await those.free("tcp", "9001", holder("web-0", 3)), true);
    assert.deepEqual(await those.list(), []);
  })());
});

Deno.test("take() of what another attempt has taken keeps that one from freeing it when it gives up", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = claims(state.life().options);
    const first = await those.take("tcp", "9001", holder("web-0"));
    const second = await those.take("tcp", "9001", holder("web-0"));
    assert(first.taken && second.taken);
    assert.equal(await those.free("tcp", "9001", first.holder), false);
    assert.deepEqual((await those.list()).map((each) => each.holder), [second.holder]);
    assert.equal(await those.free("tcp", "9001", second.holder), true);
  })());
  assert.deepEqual(state.temporaryFiles(), []);
});

Deno.test("take() of what a graph has already leaves the claim as it is", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = claims(state.life().options);
    const first = await those.take("tcp", "9001", holder("web-0"));
    const again = await those.take("tcp", "9001", holder("web-0"), { isPlaced: true });
    assert(first.taken && again.taken);
    assert.deepEqual(again, { ...first, isNew: false });
    assert.deepEqual((await those.list()).map((each) => each.holder), [first.holder]);
  })());
});

Deno.test("take() and free() know a claim that was written before attempts had names", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = claims(state.life().options);
    await those.take("tcp", "9001", holder("web-0"));
    const path = "/state/hosts/a/claims/tcp/9001";
    const text = state.disk.texts("/state/hosts")[path].replace(/^.*attempt:.*\n/m, "");
    state.disk.remove(path);
    state.disk.writeNew(path, new TextEncoder().encode(text), 0o644);
    const [{ holder: held }] = await those.list();
    assert.deepEqual(held, { ...holder("web-0"), attempt: "" });
    assert.equal(await those.free("tcp", "9001", held), true);
  })());
});

Deno.test("free() frees only for its holder", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = claims(state.life().options);
    assert.equal(await those.free("tcp", "9001", holder("web-0")), false);
    await those.take("tcp", "9001", holder("web-0"));
    assert.equal(await those.free("tcp", "9001", holder("web-1")), false);
    assert.equal(await those.free("tcp", "9001", { ...holder("web-0"), service: "x" }), false);
    assert.equal(await those.free("tcp", "9001", holder("web-0")), true);
  })());
});

Deno.test("free() gives a claim back that a third took between the look and the rename", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const hanging = state.life();
    const lift = hanging.faults.add({ operations: ["rename"], times: 1, fault: { hang: true } });
    const lost = [{ operations: ["tryLock"], fault: { lostLock: true } as const }];
    const others = claims(state.life({ rules: lost }).options);
    await others.take("tcp", "9001", holder("web-0"));
    const freeing = claims(hanging.options).free("tcp", "9001", holder("web-0"));
    await state.clock.sleep(100);
    assert.equal(await others.free("tcp", "9001", holder("web-0")), true);
    assert.equal(outcomeOf(await others.take("tcp", "9001", holder("db-0"))), "new");
    lift();
    assert.equal(await freeing, false);
    assert.deepEqual((await others.list()).map((each) => each.holder.instance), ["db-0"]);
  })());
});

Deno.test("take() by many at once, with locks and with lost ones, is won by one", async () => {
  for (const losesLocks of [false, true]) {
    const state = await MemoryState.seeded();
    const rules = losesLocks
      ? [{ operations: ["tryLock"], fault: { lostLock: true } as const }]
      : [];
    const tries = Array.from({ length: 8 }, (_, index) => {
      const { options } = state.life({ rules }, { host: `h${index}`, boot: "b" });
      return claims(options).take("tcp", "9001", holder(`web-${index}`));
    });
    const taken = (await state.clock.run(Promise.all(tries))).filter((each) => each.taken);
    assert.equal(taken.length, 1);
  }
});

Deno.test("take() and free() killed at any effect leave a claim with one holder or none, and can be done again", async () => {
  await walkCrashes(
    () => MemoryState.seeded(),
    async (options) => {
      const those = claims(options);
      await those.take("tcp", "9001", holder("web-0"));
      await those.free("tcp", "9001", holder("web-0"));
      await those.take("tcp", "9001", holder("web-1"));
    },
    async ({ state, end, where }) => {
      await state.clock.run((async () => {
        const those = claims(state.life().options);
        const found = (await those.list()).map((each) => each.holder.instance);
        assert.ok(found.length <= 1, where);
        if (end === "acknowledged") assert.deepEqual(found, ["web-1"], where);
        await those.free("tcp", "9001", holder("web-0"));
        assert.ok((await those.take("tcp", "9001", holder("web-1"))).taken, where);
      })());
    },
  );
});

Deno.test("list() names a claim file that was edited by hand", async () => {
  const state = await MemoryState.seeded();
  state.disk.makeDirectory("/state/hosts/a/claims/tcp", 0o755, true);
  state.disk.writeNew("/state/hosts/a/claims/tcp/80", new TextEncoder().encode("mine\n"), 0o644);
  const code = await state.clock.run(problemCodeOf(claims(state.life().options).list()));
  assert.equal(code, "STATE_DAMAGED");
});

Deno.test("take() lasts though the directory's maker died before it was to last", async () => {
  const state = await MemoryState.seeded();
  state.disk.makeDirectory("/state/hosts/a/claims", 0o755, true);
  state.disk.syncAll();
  state.disk.makeDirectory("/state/hosts/a/claims/tcp", 0o755, false);
  await state.clock.run(claims(state.life().options).take("tcp", "9001", holder("web-0")));
  state.disk.powerLoss();
  const left = await state.clock.run(claims(state.life().options).list());
  assert.deepEqual(left.map(({ key }) => key), ["9001"]);
});
