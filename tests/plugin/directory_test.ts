import assert from "node:assert/strict";
import type { Item } from "../../core/plugin/mod.ts";
import { PluginHost } from "../support/plugin_host.ts";
import { item } from "../support/plugin_requests.ts";

const path = "/var/lib/khutulun/data/khutulun.shop.files-0";

function files(properties: Item["properties"] = {}, parts: Partial<Item> = {}): Item {
  const defaults = { mode: "0755", keep: false };
  return item({ id: "files-0", properties: { ...defaults, ...properties }, ...parts });
}

const commands = (steps: readonly { do: object }[]) =>
  steps.map((step) => (step.do as { exec: { argv: string[] } }).exec.argv.join(" "));

Deno.test("directory plan equals apply: made, left alone, changed by what differs, removed", async () => {
  await PluginHost.with({}, async (host) => {
    const made = await host.apply("directory", "reconcile", [files()]);
    assert.deepEqual(commands(made.steps), [`mkdir -p -m 0755 -- ${path}`]);
    assert.deepEqual(made.items, [{
      id: "files-0",
      phase: "ready",
      attributes: { path },
      owned: [`directory:${path}`],
    }]);
    const mode = await host.apply("directory", "reconcile", [files({ mode: "2770" })]);
    assert.deepEqual(commands(mode.steps), [`chmod 2770 -- ${path}`]);
    const owner = await host.apply("directory", "reconcile", [
      files({ mode: "2770", owner: "web:web" }),
    ]);
    assert.deepEqual(commands(owner.steps), [`chown web:web -- ${path}`]);
    const gone = files({}, { want: "absent", properties: {} });
    const removed = await host.apply("directory", "remove", [gone]);
    assert.deepEqual(commands(removed.steps), [`rm -rf --one-file-system -- ${path}`]);
    assert.equal(removed.steps[0].gate, "stop");
    assert.equal(host.machine.disk.stat(path), undefined);
  });
});

Deno.test("directory remove keeps what is to be kept, also when its properties are forgotten", async () => {
  await PluginHost.with({}, async (host) => {
    await host.apply("directory", "reconcile", [files({ keep: true })]);
    const gone = files({}, { want: "absent", properties: {} });
    const { steps } = await host.apply("directory", "remove", [gone]);
    assert.deepEqual(steps, []);
    assert.equal(host.machine.disk.stat(path)?.kind, "directory");
  });
});

Deno.test("directory reconcile takes keep as it is now", async () => {
  await PluginHost.with({}, async (host) => {
    await host.apply("directory", "reconcile", [files({ keep: true })]);
    const { items, steps } = await host.apply("directory", "reconcile", [files()]);
    assert.deepEqual(steps, []);
    assert.deepEqual(items[0].owned, [`directory:${path}`]);
  });
});

Deno.test("directory neither changes nor removes a directory that it did not make", async () => {
  await PluginHost.with({}, async (host) => {
    host.machine.disk.makeDirectory("/srv/shop", 0o700, true);
    const found = await host.apply("directory", "reconcile", [files({ path: "/srv/shop" })]);
    assert.deepEqual(found.steps, []);
    assert.deepEqual(found.items[0].owned, []);
    assert.equal(found.items[0].phase, "ready");
    const gone = files({ path: "/srv/shop" }, { want: "absent" });
    assert.deepEqual((await host.apply("directory", "remove", [gone])).steps, []);
    assert.equal(host.machine.disk.stat("/srv/shop")?.mode, 0o700);
  });
});

Deno.test("directory reconcile leaves the data where it was when the path changes, and removes it in the end", async () => {
  await PluginHost.with({}, async (host) => {
    await host.apply("directory", "reconcile", [files()]);
    const moved = await host.apply("directory", "reconcile", [files({ path: "/srv/new" })]);
    assert.deepEqual(commands(moved.steps), ["mkdir -p -m 0755 -- /srv/new"]);
    assert.deepEqual(moved.items[0].owned, ["directory:/srv/new", `directory:${path}`]);
    const { steps } = await host.apply("directory", "remove", [files({}, { want: "absent" })]);
    assert.equal(steps.length, 2);
  });
});

Deno.test("directory reconcile refuses a path that is a file, or that climbs", async () => {
  await PluginHost.with({}, async (host) => {
    host.machine.disk.makeDirectory("/srv", 0o755, true);
    host.machine.disk.writeNew("/srv/file", new TextEncoder().encode("x"), 0o644);
    const { items, steps } = await host.call("directory", "reconcile", [
      files({ path: "/srv/file" }),
    ]);
    assert.deepEqual(steps, []);
    assert.deepEqual([items[0].phase, items[0].why], ["failed", '"/srv/file" is not a directory']);
    await assert.rejects(
      host.call("directory", "place", [files({ path: "/srv/../etc" })]),
      ({ problem }: { problem: { why: string } } & Error) =>
        problem.why.includes('path must be absolute and without ".."'),
    );
  });
});
