import assert from "node:assert/strict";
import { jsonToClout } from "../../clout/mod.ts";
import { LocalFiles, systemClock, systemRandom } from "../../platform/mod.ts";
import { RecordingLogger } from "../../sim/mod.ts";
import { openStore, type Store } from "../../store/mod.ts";
import { createSealKey } from "../../trust/mod.ts";
import { helloGraph } from "../../../tests/support/hello_graph.ts";
import { MemoryState } from "../../../tests/support/memory_store.ts";
import type { AgentContext } from "../agent_context.ts";
import { HostTrust } from "./host_trust.ts";
import { SecretDesk } from "./secret_desk.ts";

async function withDesk(
  test: (
    parts: { desk: SecretDesk; store: Store; trust: HostTrust; logger: RecordingLogger },
  ) => Promise<void>,
): Promise<void> {
  const state = await MemoryState.seeded();
  const store = await state.clock.run(openStore(state.life().options, { cluster: "c1" }));
  const own = await Deno.makeTempDir({ prefix: "khutulun-test-" });
  try {
    const ports = { clock: systemClock, random: systemRandom, files: new LocalFiles() };
    const owner = { own, cluster: "c1", host: "alpha", address: "10.0.0.1" };
    const trust = await HostTrust.seed(ports, owner);
    const logger = new RecordingLogger();
    const context = { store, clock: systemClock, logger, host: "alpha" } as unknown as AgentContext;
    await publishKey(store, trust, "alpha");
    await test({ desk: new SecretDesk(context, trust, systemRandom), store, trust, logger });
  } finally {
    await Deno.remove(own, { recursive: true });
  }
}

/** Lets a host be one that secrets are sealed to. */
async function publishKey(store: Store, { authority, sealKey }: HostTrust, host: string) {
  await store.host(host).write({ id: host } as Parameters<ReturnType<Store["host"]>["write"]>[0]);
  const { certificate } = host === "alpha"
    ? sealKey
    : await createSealKey(authority, host, Date.now());
  await store.sealOf(host).write({ certificate });
}

Deno.test("resealWhereMissing() gives a new host every secret but one that nobody can open, and tells of that", async () => {
  await withDesk(async ({ desk, store, trust, logger }) => {
    const names = ["aged", "broken", "cared"];
    for (const name of names) {
      await desk.set({ namespace: "shop", name }, { base64: btoa(name) }, "admin:root");
    }
    const broken = store.secret({ namespace: "shop", name: "broken" });
    const { spec, generation } = (await broken.latest())!;
    await broken.write(
      { ...spec, sealed: { ...spec.sealed, value: btoa("nonsense") } },
      generation,
    );
    await publishKey(store, trust, "bravo");
    await desk.resealWhereMissing();
    const hosts = (await desk.list("shop")).map(({ name, hosts }) => `${name}: ${hosts}`);
    assert.deepEqual(hosts, ["aged: alpha,bravo", "broken: alpha", "cared: alpha,bravo"]);
    assert(
      logger.lines.some(({ level, message }) => level === "warning" && message.includes("broken")),
    );
    assert(!JSON.stringify(logger.lines).includes(btoa("aged")));
  });
});

Deno.test("remove() keeps a secret that a service of its namespace reads, and names the service", async () => {
  await withDesk(async ({ desk, store }) => {
    const ref = { namespace: "shop", name: "pw" };
    const clout = jsonToClout(
      JSON.parse(helloGraph({ properties: { secrets: { PW: "pw" } } })),
    );
    for (const namespace of ["shop", "other"]) {
      await desk.set({ namespace, name: "pw" }, { base64: btoa("x") }, "admin:root");
    }
    await store.graph({ namespace: "shop", service: "web" }).write(
      { serviceGeneration: 1, clout, instances: [] },
      0,
    );
    await assert.rejects(desk.remove(ref), /TRUST_SECRET_IN_USE/);
    await desk.remove({ namespace: "other", name: "pw" });
    assert.deepEqual((await desk.list()).map(({ namespace }) => namespace), ["shop"]);
  });
});
