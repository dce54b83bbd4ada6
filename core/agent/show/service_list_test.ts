import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryState } from "../../../tests/support/memory_store.ts";
import { jsonToClout } from "../../clout/mod.ts";
import type { Files } from "../../ports/mod.ts";
import { openStore, type Store } from "../../store/mod.ts";
import { ServiceList } from "./service_list.ts";
import { readServiceStates } from "../service_state.ts";
import { viewService } from "./views.ts";

const clout = jsonToClout({ format: 1, policies: [], outputs: {}, vertexes: [] });
const refOf = (service: string) => ({ namespace: "default", service });
const everybody = { liveness: () => "alive" as const };

async function ask(store: Store, service: string, at: string): Promise<void> {
  const ref = refOf(service);
  const before = await store.asked(ref).latest();
  const asked = await store.asked(ref).write({
    template: { namespace: "default", kind: "template", name: "t", digest: "d", entry: "e" },
    inputs: {},
    plugins: {},
    asked: { at, by: "me" },
  }, before?.generation ?? 0);
  const graph = await store.graph(ref).latest();
  const instances = [{ id: "web-0", vertex: "web", host: "a", epoch: 1, want: "running" }];
  const spec = { serviceGeneration: asked.generation, clout, instances };
  await store.graph(ref).write(spec, graph?.generation ?? 0, { isPart: true });
}

async function observe(store: Store, service: string, phase: string): Promise<void> {
  const ref = refOf(service);
  const graph = await store.graph(ref).latest();
  if (graph === undefined) return;
  const item = { id: "web-0", epoch: 1, revision: 1, phase, attributes: {}, since: "now" };
  const spec = { acted: graph.generation, items: [item], removed: [] };
  await store.observed(ref, "a").write(spec);
}

/** Counts the files that are read. */
function counting(files: Files): { files: Files; readonly reads: number } {
  let reads = 0;
  const proxy = new Proxy(files, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (key === "readText" || key === "list") reads++;
        return value.apply(target, args);
      };
    },
  });
  return {
    files: proxy,
    get reads() {
      return reads;
    },
  };
}

Deno.test("views() reads again only what was written since", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const { options } = state.life();
    const counted = counting(options.files);
    const store = await openStore({ ...options, files: counted.files });
    const list = new ServiceList(store, everybody);
    for (let index = 0; index < 20; index++) await ask(store, `s${index}`, "noon");
    await state.clock.sleep(20_000);
    assert.equal((await list.views()).length, 20);
    const before = counted.reads;
    assert.equal((await list.views()).length, 20);
    const listing = counted.reads - before;
    assert.ok(listing <= 4, `${listing} reads for the names alone`);
    await observe(store, "s7", "ready");
    assert.equal((await list.views()).find(({ ref }) => ref.service === "s7")?.phase, "ready");
    assert.ok(counted.reads - before <= 30, "one service was read again");
  })());
});

Deno.test("views() tells at once that a host is away", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    let isDead = false;
    const list = new ServiceList(store, { liveness: () => isDead ? "dead" : "alive" });
    await ask(store, "shop", "noon");
    await observe(store, "shop", "ready");
    await state.clock.sleep(20_000);
    assert.equal((await list.views())[0].phase, "ready");
    isDead = true;
    assert.equal((await list.views())[0].phase, "degraded");
    isDead = false;
    assert.equal((await list.views())[0].phase, "ready");
  })());
});

Deno.test("views() says what reading everything would say, whatever was written when", async () => {
  const service = fc.constantFrom("a", "b", "c");
  const act = fc.oneof(
    fc.record({ kind: fc.constant("ask" as const), service }),
    fc.record({
      kind: fc.constant("observe" as const),
      service,
      phase: fc.constantFrom("ready", "failed"),
    }),
    fc.record({ kind: fc.constant("remove" as const), service }),
    fc.record({ kind: fc.constant("sleep" as const), ms: fc.constantFrom(0, 1, 9_000, 11_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      const state = await MemoryState.seeded();
      await state.clock.run((async () => {
        const store = await openStore(state.life().options);
        const other = await openStore(state.life().options);
        const list = new ServiceList(store, everybody);
        for (const [index, each] of acts.entries()) {
          if (each.kind === "ask") await ask(other, each.service, `${index}`);
          else if (each.kind === "observe") await observe(other, each.service, each.phase);
          else if (each.kind === "remove") {
            const ref = refOf(each.service);
            await other.removeService(ref, await other.graph(ref).latest());
          } else await state.clock.sleep(each.ms);
          const fresh = await readServiceStates(store, await store.services(), everybody);
          assert.deepEqual(await list.views(), fresh.map(viewService));
        }
      })());
    }),
    { numRuns: 40 },
  );
});
