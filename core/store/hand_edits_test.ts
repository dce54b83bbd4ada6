import assert from "node:assert/strict";
import { MemoryState } from "../../tests/support/memory_store.ts";
import type { ServiceSpec } from "./documents.ts";
import { openStore } from "./open_store.ts";

const ref = { namespace: "default", service: "shop" };
const folder = "/state/namespaces/default/service/shop";

function spec(count: number): ServiceSpec {
  const template = { namespace: "default", kind: "template", name: "shop", digest: "sha256:0" };
  return {
    template: { ...template, kind: "template", entry: "service.yaml" },
    inputs: { count },
    plugins: {},
    asked: { at: "2026-01-01T00:00:00Z", by: "a" },
  };
}

async function withShop(
  test: (
    edits: () => Promise<{ path: string; isInForce: boolean; takeBack?: string }[]>,
    edit: (path: string, change: (text: string) => string) => void,
  ) => Promise<void>,
): Promise<void> {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    await store.asked(ref).write(spec(1), 0);
    await store.asked(ref).write(spec(2), 1);
    await store.observed(ref, "a").write({ acted: 1, items: [], removed: [] });
    await store.wanted("a").write({ labels: {}, cordoned: false, drained: false }, 0);
    await test(() => store.handEdits(), (path, change) => {
      const bytes = new TextEncoder().encode(change(state.disk.texts()[path]));
      state.disk.remove(path);
      state.disk.writeNew(path, bytes, 0o644);
    });
  })());
}

Deno.test("handEdits() finds nothing in what was written", () =>
  withShop(async (edits) => assert.deepEqual(await edits(), [])));

Deno.test("handEdits() tells of an edited document that counts, and the command that takes it back", () =>
  withShop(async (edits, edit) => {
    const path = `${folder}/service.2`;
    edit(path, (text) => text.replace("count: 2", "count: 3"));
    const takeBack = `tail -n +2 ${folder}/service.yaml > ${path}`;
    assert.deepEqual(await edits(), [{ path, isInForce: true, takeBack }]);
    edit(`${folder}/service.yaml`, (text) => text.replace("count: 2", "count: 3"));
    assert.deepEqual(await edits(), [
      { path, isInForce: true },
      { path: `${folder}/service.yaml`, isInForce: false, takeBack: `rm ${folder}/service.yaml` },
    ]);
    edit(path, (text) => text.replace("count: 3", "count: 2"));
    edit(`${folder}/service.yaml`, (text) => text.replace("count: 3", "count: 2"));
    assert.deepEqual(await edits(), []);
  }));

Deno.test("handEdits() looks at what hosts write too, and not at older generations", () =>
  withShop(async (edits, edit) => {
    edit(`${folder}/service.1`, (text) => text.replace("count: 1", "count: 9"));
    edit(`${folder}/observed/a.yaml`, (text) => text.replace("acted: 1", "acted: 2"));
    edit("/state/hosts/a/wanted.1", (text) => text.replace("cordoned: false", "cordoned: true"));
    const found = (await edits()).map(({ path }) => path);
    assert.deepEqual(found, [`${folder}/observed/a.yaml`, "/state/hosts/a/wanted.1"]);
  }));
