import assert from "node:assert/strict";
import type { Endpoint } from "../../ports/mod.ts";
import type { Store } from "../../store/mod.ts";
import { modelLanguage } from "../../../tests/support/simulated_host.ts";
import { Realisers } from "./realisers.ts";
import { SceneMaker, type SceneParts } from "./scenes.ts";

Deno.test("make() reads a host's address once, and again when the host has moved", async () => {
  let [address, reads] = ["10.0.0.2", 0];
  let api: Endpoint | undefined;
  const store = {
    host: () => ({
      read: () => {
        reads++;
        return Promise.resolve({ address });
      },
    }),
  } as unknown as Store;
  const scenes = new SceneMaker(store, modelLanguage, { api: () => api });
  const parts = {
    ref: { namespace: "default", service: "shop" },
    instances: [{ id: "web-0", host: "bravo" }],
    attributes: new Map(),
    owned: new Map(),
    realisers: new Realisers([]),
    artifacts: new Map(),
  } as unknown as SceneParts;
  const find = async () => (await scenes.make(parts)).addresses.get("bravo");
  api = { host: address, port: 7947 };
  assert.deepEqual([await find(), await find(), reads], ["10.0.0.2", "10.0.0.2", 1]);
  address = "10.0.0.99";
  assert.equal(await find(), "10.0.0.2", "nobody has said so yet");
  api = { host: address, port: 7947 };
  assert.deepEqual([await find(), await find(), reads], ["10.0.0.99", "10.0.0.99", 2]);
});
