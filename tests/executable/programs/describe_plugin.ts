/**
 * Lets a plugin of an unpacked executable describe itself, by the worker that came with it, and prints its answer.
 *
 *     deno run -A describe_plugin.js FOLDER PLUGIN
 */
import { ExtismRuntime } from "../../../core/platform/extism/mod.ts";
import type { Request } from "../../../core/plugin/mod.ts";

/** A machine that is only emulated is slow. */
const deadlineMs = 10 * 60_000;

const [folder, name] = Deno.args;
const place = (path: string) => new URL(path, `file://${folder}/`);
const bytes = await Deno.readFile(place(`build/plugins/${name}/plugin.wasm`));
const digest = await crypto.subtle.digest("SHA-256", bytes);
const request: Request = {
  contract: 1,
  verb: "describe",
  host: {
    id: "alpha",
    mode: "system",
    systemd: "none",
    address: "127.0.0.1",
    paths: { units: "/u", unitsLinked: false, data: "/d", runtime: "/r", logs: "/l" },
    facts: {},
  },
  items: [{
    id: "web-0",
    kind: "instance",
    name: "khutulun.shop.web-0",
    namespace: "default",
    service: "shop",
    epoch: 1,
    types: [],
    want: "running",
    revision: 1,
    properties: {},
    attributes: {},
    claims: {},
    capabilities: {},
    artifacts: {},
    relations: [],
    owned: [],
  }],
  round: 0,
};
const runtime = new ExtismRuntime({
  workerScript: place("core/platform/extism/plugin_worker.js"),
});
const answer = await runtime.call(
  { name, digest: `sha256:${new Uint8Array(digest).toHex()}`, load: () => Promise.resolve(bytes) },
  new TextEncoder().encode(JSON.stringify(request)),
  () => Promise.reject(new Error("it needs nothing of the host")),
  { deadlineMs, memoryBytesMax: 128 * 1024 * 1024, outputBytesMax: 1024 * 1024 },
);
console.log(new TextDecoder().decode(answer));
await runtime.close();
Deno.exit(0);
