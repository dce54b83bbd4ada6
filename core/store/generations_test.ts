import assert from "node:assert/strict";
import type { ProblemError } from "../base/mod.ts";
import {
  MemoryState,
  problemCodeOf,
  walkCrashes,
  walkFailures,
} from "../../tests/support/memory_store.ts";
import { contextOf, type StoreOptions } from "./_context.ts";
import { plainCodec } from "./_document_text.ts";
import { LinkedGenerations } from "./generations.ts";

interface Sum {
  readonly sum: number;
  readonly note?: string;
}

const directory = "/state/namespaces/default/service/shop";

function sums(options: StoreOptions): LinkedGenerations<Sum> {
  return new LinkedGenerations(contextOf(options), directory, "sum", plainCodec<Sum>("sum"));
}

/** A state with one document, `{sum: 1}`, that has been acknowledged. */
async function withOne(): Promise<MemoryState> {
  const state = await MemoryState.seeded();
  await state.clock.run(sums(state.life().options).write({ sum: 1 }, 0));
  return state;
}

Deno.test("write() makes generation after generation, and latest() reads the newest", async () => {
  const state = await MemoryState.seeded();
  const { options } = state.life();
  await state.clock.run((async () => {
    const documents = sums(options);
    assert.equal(await documents.latest(), undefined);
    assert.deepEqual(await documents.history(), []);
    await documents.write({ sum: 1, note: "grüße\nzweite Zeile" }, 0);
    const second = await documents.write({ sum: 2 }, 1);
    assert.deepEqual(await documents.latest(), second);
    assert.deepEqual(second.writer, { host: "a", boot: "b1" });
    assert.equal((await documents.at(1))?.spec.note, "grüße\nzweite Zeile");
    assert.equal(await documents.at(3), undefined);
    assert.deepEqual(await documents.history(), [1, 2]);
  })());
  assert.deepEqual(state.temporaryFiles(), []);
});

Deno.test("write() leaves a document that a person can read, and a copy that says it is one", async () => {
  const state = await withOne();
  const texts = state.disk.texts(directory);
  const text = [
    ...["format: 1", "kind: sum", "generation: 1", "epoch: 1"],
    ...["writer:", "  host: a", "  boot: b1"],
    "digest: sha256:6b3c2be9d7d3b433cfffe1103b375560ffa89b430bd8809f23859097aed672e2",
    ...["spec:", "  sum: 1", ""],
  ].join("\n");
  assert.equal(texts[`${directory}/sum.1`], text);
  const copy = texts[`${directory}/sum.yaml`];
  assert.match(copy, /^# A copy of sum\.N, for people: changes made here have no effect\.\n/);
  assert.equal(copy.slice(copy.indexOf("\n") + 1), text);
});

Deno.test("write() refuses what was decided on an older generation, and writes nothing", async () => {
  const state = await withOne();
  const { options } = state.life();
  await state.clock.run((async () => {
    const documents = sums(options);
    assert.equal(await problemCodeOf(documents.write({ sum: 9 }, 0)), "STATE_CONFLICT");
    assert.equal(await problemCodeOf(documents.write({ sum: 9 }, 2)), "STATE_CONFLICT");
    assert.deepEqual(await documents.history(), [1]);
  })());
  assert.deepEqual(state.temporaryFiles(), []);
});

Deno.test("write() is a conflict where what it was decided on has been removed, or begun anew", async () => {
  for (const isBegunAnew of [false, true]) {
    const state = await withOne();
    const { options, faults } = state.life();
    await state.clock.run((async () => {
      const documents = sums(options);
      const { generation } = await documents.write({ sum: 2 }, 1);
      state.disk.removeAll(directory);
      if (isBegunAnew) await sums(state.life().options).write({ sum: 7 }, 0);
      const late = documents.write({ sum: 3 }, generation);
      assert.equal(await problemCodeOf(late), "STATE_CONFLICT");
      // Not even for a moment: who lists the directory then takes it for the last of what is there now.
      assert.ok(!faults.effects.some((each) => /^link .*sum\.3$/.test(each)));
      if (isBegunAnew) assert.deepEqual(await documents.history(), [1]);
    })());
  }
});

Deno.test("write() keeps the epoch, raises it, and refuses a lower one", async () => {
  const state = await withOne();
  const { options } = state.life();
  await state.clock.run((async () => {
    const documents = sums(options);
    assert.equal((await documents.write({ sum: 2 }, 1, { epoch: 4 })).epoch, 4);
    assert.equal((await documents.write({ sum: 3 }, 2)).epoch, 4);
    assert.equal(await problemCodeOf(documents.write({ sum: 4 }, 3, { epoch: 3 })), "STATE_EPOCH");
  })());
});

Deno.test("write() takes a link whose answer was lost for what it is: done", async () => {
  const state = await withOne();
  for (const code of ["EEXIST", "EIO"] as const) {
    const { options } = state.life({
      rules: [{ operations: ["link"], times: 1, fault: { doneButFails: code } }],
    });
    const documents = sums(options);
    await state.clock.run((async () => {
      const { generation } = (await documents.latest())!;
      await documents.write({ sum: generation + 1 }, generation);
      assert.equal((await documents.latest())?.spec.sum, generation + 1);
    })());
  }
});

Deno.test("write() goes on without the lock when its holder does not let go", async () => {
  const state = await withOne();
  await state.clock.run((async () => {
    const { locks } = state.life().options;
    assert.ok(await locks.tryLock(`${directory}/.sum.lock`));
    const before = state.clock.monotonicMs();
    await sums(state.life().options).write({ sum: 2 }, 1);
    const waitedMs = state.clock.monotonicMs() - before;
    assert.ok(waitedMs >= 5_000 && waitedMs < 6_000, `${waitedMs}`);
  })());
});

Deno.test("write() of many at once keeps every acknowledged change, with locks and with lost ones", async () => {
  for (const losesLocks of [false, true]) {
    const state = await withOne();
    const rules = losesLocks
      ? [{ operations: ["tryLock"], fault: { lostLock: true } as const }]
      : [];
    let acknowledged = 1;
    const writers = Array.from({ length: 6 }, (_, index) => index).map(async (index) => {
      const { options } = state.life({ rules }, { host: `h${index}`, boot: "b" });
      const documents = sums(options);
      for (let changes = 0; changes < 20;) {
        const now = (await documents.latest())!;
        try {
          await documents.write({ sum: now.spec.sum + 1 }, now.generation);
          [changes, acknowledged] = [changes + 1, acknowledged + 1];
        } catch (error) {
          assert.equal((error as ProblemError).problem?.code, "STATE_CONFLICT");
        }
      }
    });
    await state.clock.run(Promise.all(writers));
    const last = (await sums(state.life().options).latest())!;
    assert.deepEqual([last.spec.sum, last.generation], [acknowledged, acknowledged]);
    assert.equal(acknowledged, 121);
  }
});

Deno.test("write() killed at any effect leaves the acknowledged document whole, and the next write succeeds", async () => {
  const walked = await walkCrashes(
    withOne,
    (options) => sums(options).write({ sum: 2 }, 1),
    async ({ state, end, where }) => {
      await state.clock.run(
        (async () => {
          const documents = sums(state.life().options);
          const found = (await documents.latest())!;
          assert.ok(found.spec.sum === found.generation && found.generation <= 2, where);
          if (end === "acknowledged") assert.equal(found.generation, 2, where);
          await state.clock.sleep(2 * 60 * 60 * 1_000);
          const next = found.generation + 1;
          await documents.write({ sum: next }, found.generation);
          assert.equal((await documents.latest())?.spec.sum, next, where);
          assert.deepEqual(state.temporaryFiles(), [], where);
        })(),
        86_400_000,
      );
    },
  );
  assert.ok(walked > 30, `${walked}`);
});

Deno.test("write() of the first generation killed at any effect can be done again", async () => {
  await walkCrashes(
    () => MemoryState.seeded(),
    (options) => sums(options).write({ sum: 1 }, 0),
    async ({ state, end, where }) => {
      await state.clock.run((async () => {
        const documents = sums(state.life().options);
        const found = await documents.latest();
        if (end === "acknowledged") assert.ok(found, where);
        if (!found) await documents.write({ sum: 1 }, 0);
        assert.equal((await documents.latest())?.spec.sum, 1, where);
      })());
    },
  );
});

for (const code of ["ENOSPC", "EROFS", "EIO", "ESTALE", "ETIMEDOUT", "EACCES"] as const) {
  const codes = {
    ENOSPC: "STATE_FULL",
    EROFS: "STATE_READ_ONLY",
    EIO: "STATE_IO",
    ESTALE: "STATE_IO",
    ETIMEDOUT: "STATE_UNREACHABLE",
    EACCES: "STATE_DENIED",
  };

  Deno.test(`write() and latest() meeting ${code} anywhere say so, and the last document is intact`, async () => {
    let failures = 0;
    await walkFailures(
      withOne,
      { fail: code },
      async (options) => {
        const now = (await sums(options).latest())!;
        await sums(options).write({ sum: now.spec.sum + 1 }, now.generation);
      },
      async ({ state, end, error, where }) => {
        if (end === "failed") {
          failures++;
          const { problem } = error as ProblemError;
          assert.equal(problem.code, codes[code], where);
          assert.ok(problem.why && problem.fix && problem.where?.subject, where);
        }
        await state.clock.run((async () => {
          const documents = sums(state.life().options);
          const found = (await documents.latest())!;
          assert.equal(found.spec.sum, found.generation, where);
          if (end === "acknowledged") assert.equal(found.generation, 2, where);
          await documents.write({ sum: found.generation + 1 }, found.generation);
        })());
      },
    );
    assert.ok(failures >= 3, `${failures}`);
  });
}

Deno.test("write() keeps the newest 20 generations, and older ones for an hour", async () => {
  const state = await withOne();
  await state.clock.run(
    (async () => {
      const documents = sums(state.life().options);
      for (let base = 1; base < 30; base++) await documents.write({ sum: base + 1 }, base);
      assert.equal((await documents.history()).length, 30);
      await state.clock.sleep(61 * 60 * 1_000);
      await documents.write({ sum: 31 }, 30);
      const kept = Array.from({ length: 20 }, (_, index) => 12 + index);
      assert.deepEqual(await documents.history(), kept);
      assert.equal(await documents.at(3), undefined);
    })(),
    86_400_000,
  );
});

Deno.test("latest() lists again when what the list named was pruned meanwhile", async () => {
  const state = await withOne();
  await state.clock.run((async () => {
    const { options } = state.life({
      rules: [{ operations: ["list"], skip: 1, times: 1, fault: { staleListMs: 60_000 } }],
    });
    const reader = sums(options);
    assert.equal((await reader.latest())?.generation, 1);
    await sums(state.life().options).write({ sum: 2 }, 1);
    state.disk.remove(`${directory}/sum.1`);
    assert.equal((await reader.latest())?.generation, 2);
  })());
});

Deno.test("write() does not take a pruned number again because what it was decided on is old", async () => {
  const state = await withOne();
  await state.clock.run((async () => {
    const stale = sums(state.life().options);
    assert.equal((await stale.latest())?.generation, 1);
    const other = sums(state.life().options);
    for (let base = 1; base < 4; base++) await other.write({ sum: base + 1 }, base);
    for (const pruned of [2, 3]) state.disk.remove(`${directory}/sum.${pruned}`);
    assert.equal(await problemCodeOf(stale.write({ sum: 9 }, 1)), "STATE_CONFLICT");
    assert.deepEqual(await other.history(), [1, 4]);
  })());
});

Deno.test("latest() does not go back behind what this process has written, when the list is stale", async () => {
  const state = await withOne();
  await state.clock.run((async () => {
    const { options } = state.life({
      rules: [{ operations: ["list"], skip: 3, fault: { staleListMs: 600_000 } }],
    });
    const documents = sums(options);
    await documents.latest();
    await documents.write({ sum: 2 }, 1);
    await documents.write({ sum: 3 }, 2);
    assert.equal((await documents.latest())?.generation, 3);
  })());
});

Deno.test("latest() sees what was in the way of a write, also when the list is stale", async () => {
  const state = await withOne();
  await state.clock.run((async () => {
    const { options } = state.life({
      rules: [{ operations: ["list"], skip: 1, fault: { staleListMs: 600_000 } }],
    });
    const stale = sums(options);
    const other = sums(state.life().options);
    assert.equal((await stale.latest())?.generation, 1);
    for (let base = 1; base < 4; base++) await other.write({ sum: base + 1 }, base);
    assert.equal((await stale.latest())?.generation, 1, "the list is stale");
    assert.equal(await problemCodeOf(stale.write({ sum: 9 }, 1)), "STATE_CONFLICT");
    assert.equal((await stale.latest())?.generation, 4);
    assert.equal((await stale.write({ sum: 9 }, 4)).epoch, 1);
  })());
});

Deno.test("newest() is not misled by a stale list", async () => {
  const state = await withOne();
  await state.clock.run((async () => {
    const { options } = state.life({
      rules: [{ operations: ["list"], skip: 1, fault: { staleListMs: 600_000 } }],
    });
    const stale = sums(options);
    assert.equal((await stale.latest())?.generation, 1);
    await sums(state.life().options).write({ sum: 2 }, 1);
    assert.equal((await stale.latest())?.generation, 1, "the list is stale");
    assert.equal((await stale.newest())?.generation, 2);
  })());
});

Deno.test("latest() refuses what a newer version wrote, and names what it cannot understand", async () => {
  const newer = await withOne();
  const text = newer.disk.texts()[`${directory}/sum.1`];
  newer.disk.writeNew(
    `${directory}/sum.2`,
    new TextEncoder().encode(text.replace("format: 1", "format: 2")),
    0o644,
  );
  const read = (state: MemoryState) =>
    state.clock.run(problemCodeOf(sums(state.life().options).latest()));
  assert.equal(await read(newer), "STATE_FORMAT_NEWER");
  for (const broken of ["", "spec: [", "a: 1\n", text.replace("kind: sum", "kind: product")]) {
    const state = await withOne();
    state.disk.writeNew(`${directory}/sum.2`, new TextEncoder().encode(broken), 0o644);
    assert.equal(await read(state), "STATE_DAMAGED", broken);
  }
});
