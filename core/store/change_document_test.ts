import assert from "node:assert/strict";
import { MemoryState, problemCodeOf } from "../../tests/support/memory_store.ts";
import { contextOf, type StoreOptions } from "./_context.ts";
import { plainCodec } from "./_document_text.ts";
import { changeDocument } from "./change_document.ts";
import { LinkedGenerations } from "./generations.ts";

interface Count {
  readonly count: number;
}

function counts(options: StoreOptions): LinkedGenerations<Count> {
  return new LinkedGenerations(contextOf(options), "/state/hosts/a", "sum", plainCodec("sum"));
}

Deno.test("changeDocument() of many at once keeps every change", async () => {
  const state = await MemoryState.seeded();
  const writers = Array.from({ length: 6 }, () => counts(state.life().options));
  const add = (before?: Count) => ({ count: (before?.count ?? 0) + 1 });
  await state.clock.run(Promise.all(writers.map((each) => changeDocument(each, add))));
  const last = await state.clock.run(writers[0].newest());
  assert.deepEqual([last?.generation, last?.spec.count], [6, 6]);
});

Deno.test("changeDocument() writes nothing where it is right as it is, and lets a refusal through", async () => {
  const state = await MemoryState.seeded();
  const document = counts(state.life().options);
  await state.clock.run((async () => {
    assert.equal(await changeDocument(document, () => undefined), undefined);
    await changeDocument(document, () => ({ count: 1 }));
    assert.equal((await changeDocument(document, () => undefined))?.spec.count, 1);
    const refused = changeDocument(document, () => Promise.reject(new Error("not that one")));
    await assert.rejects(refused, /not that one/);
    assert.deepEqual(await document.history(), [1]);
  })());
});

Deno.test("changeDocument() gives up where somebody else is always faster", async () => {
  const state = await MemoryState.seeded();
  const [slow, fast] = [counts(state.life().options), counts(state.life().options)];
  let decisions = 0;
  const changing = changeDocument(slow, async (before) => {
    await fast.write({ count: ++decisions }, before === undefined ? 0 : decisions - 1);
    return { count: -1 };
  });
  assert.equal(await state.clock.run(problemCodeOf(changing)), "STATE_CONFLICT");
  assert.equal(decisions, 20);
});
