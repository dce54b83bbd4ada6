import assert from "node:assert/strict";
import { sha256 } from "../../core/agent/digest.ts";
import type { Item } from "../../core/plugin/mod.ts";
import { PluginHost, type PluginHostOptions } from "../support/plugin_host.ts";
import { item } from "../support/plugin_requests.ts";

const script = "print('hello')\n";
const scriptPath = "/mnt/khutulun/templates/hello/web.py";

function web(properties: Item["properties"] = {}, parts: Partial<Item> = {}): Item {
  const hostPath = "/var/lib/khutulun/data/khutulun.shop.web-0/web.py";
  return item({
    id: "web-0",
    types: ["org.khutulun:1.0::Process"],
    properties: {
      command: ["python3", hostPath],
      environment: { GREETING: "hello world" },
      restart: "on-failure",
      restart_delay: "1.0 s",
      stop_timeout: "10.0 s",
      ...properties,
    },
    artifacts: {
      script: {
        types: [],
        path: scriptPath,
        digest: sha256(script),
        fileName: "web.py",
        hostPath,
        properties: {},
      },
    },
    ...parts,
  });
}

async function onHost(
  options: PluginHostOptions,
  run: (host: PluginHost) => Promise<void>,
): Promise<void> {
  await PluginHost.with(options, async (host) => {
    host.machine.disk.makeDirectory("/mnt/khutulun/templates/hello", 0o755, true);
    host.machine.disk.writeNew(scriptPath, new TextEncoder().encode(script), 0o644);
    await run(host);
  });
}

/** Returns a golden file; writes it anew where `UPDATE_GOLDEN` is set. */
async function readGolden(name: string, found: string): Promise<string> {
  const url = new URL(`../golden/${name}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN")) await Deno.writeTextFile(url, found);
  return await Deno.readTextFile(url);
}

const keys = (steps: readonly { key: string }[]) => steps.map((step) => step.key);

const unit = "khutulun.shop.web-0.service";

Deno.test("process reconcile writes what a person would write, and starts it", async () => {
  await onHost({}, async (host) => {
    const { steps, items } = await host.apply("process", "reconcile", [web()]);
    assert.deepEqual(keys(steps), [
      "write /var/lib/khutulun/data/khutulun.shop.web-0/web.py",
      `write ${unit}`,
      `enable ${unit}`,
      "daemon-reload",
      `start ${unit}`,
    ]);
    const texts = host.machine.disk.texts();
    const golden = await readGolden("web-0.service", texts[`/etc/systemd/system/${unit}`]);
    assert.equal(texts[`/etc/systemd/system/${unit}`], golden);
    assert(golden.trimEnd().split("\n").length <= 15);
    assert.equal(texts["/var/lib/khutulun/data/khutulun.shop.web-0/web.py"], script);
    const [process] = host.machine.running();
    assert.deepEqual(process.argv, web().properties.command);
    assert.deepEqual(process.env, { GREETING: "hello world" });
    assert.deepEqual(items[0].attributes, {
      host: "h1",
      address: "10.0.0.1",
      unit,
      pid: process.pid,
    });
    assert.equal(items[0].phase, "ready");
  });
});
