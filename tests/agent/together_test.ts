/** What is ready together is carried out together: counted on a simulated host with systemd and the included plugins. */
import assert from "node:assert/strict";
import type { Agent } from "../../core/agent/mod.ts";
import { IncludedPluginsHost } from "../support/included_plugins_host.ts";
import { type SimulatedHost, uploadOf } from "../support/simulated_host.ts";
import { deleteAndFollow, follow, helloRef } from "../support/simulated_service.ts";

/** Every so many effects are tried. */
const stride = 5;

const copies = 5;
const units = Array.from({ length: copies }, (_, at) => `khutulun.hello.client-${at}.service`);
const graph = JSON.stringify({
  format: 1,
  policies: [{
    name: "copies",
    types: ["org.khutulun:1.0::Redundancy"],
    targets: ["client"],
    properties: { min: copies },
  }],
  outputs: {},
  vertexes: [{
    id: "client",
    name: "client",
    index: 0,
    count: 1,
    types: ["org.khutulun:1.0::Process"],
    properties: { command: ["client"] },
  }],
});
const request = {
  ref: helloRef,
  template: { upload: uploadOf({ "service.yaml": graph }) },
};

async function deploy({ useCases }: Agent): Promise<void> {
  const { generation, problems } = await useCases.deploy(request);
  assert.deepEqual(problems, []);
  assert.equal((await follow(useCases, generation))?.kind, "settled");
}

Deno.test("many processes are one command of each kind and one line of thought in the ledger", async () => {
  await IncludedPluginsHost.with(async (seeded) => {
    const host = await seeded();
    const life = await host.start();
    const changing = () =>
      life.processes.commandLines.filter((line) => /^systemctl (?!show)/.test(line));
    const ledgerWrites = () =>
      life.faults.effects.filter((each) => each.includes("append") && each.includes("/ledger/"));
    await host.clock.run(deploy(life.agent));
    assert.deepEqual(changing(), [
      `systemctl --no-reload enable ${units.join(" ")}`,
      "systemctl daemon-reload",
      `systemctl start ${units.join(" ")}`,
    ]);
    assert.equal(ledgerWrites().length, 1, ledgerWrites().join("\n"));
    assert.equal(host.machine.running().length, copies);

    life.processes.commandLines.length = 0;
    await host.clock.run(deleteAndFollow(life.agent));
    assert.deepEqual(changing(), [
      `systemctl stop ${units.join(" ")}`,
      `systemctl --no-reload disable ${units.join(" ")}`,
      "systemctl daemon-reload",
      `systemctl reset-failed ${units.join(" ")}`,
    ]);
    assert.deepEqual(host.machine.running(), []);
    await life.stop();
  });
});

Deno.test("an agent that dies while it carries out many steps together completes them the next time", async () => {
  await IncludedPluginsHost.with(async (seeded) => {
    let kills = 0;
    for (let effect = 1; effect < 1_000; effect += stride) {
      const moment = (["torn", "after", "before"] as const)[effect % 3];
      const end = await surviveDeath(await seeded(), { effect, moment });
      if (end === "past") break;
      if (end === "killed") kills++;
    }
    assert.ok(kills > 15, `${kills} kills`);
  });
});

/** Kills an agent at one of its effects and tells how that ended: it may have fewer, or survive the failure of one. */
async function surviveDeath(
  host: SimulatedHost,
  stopAt: { readonly effect: number; readonly moment: "before" | "torn" | "after" },
): Promise<"killed" | "survived" | "past"> {
  const { faults, where } = await host.die(stopAt, deploy);
  if (!faults.isStopped) return faults.effects.length < stopAt.effect ? "past" : "survived";
  const life = await host.start();
  await host.clock.run(deploy(life.agent));
  const running = host.machine.running().map(({ unit }) => unit).sort();
  assert.deepEqual(running, units, where);
  await host.clock.run(deleteAndFollow(life.agent));
  assert.deepEqual(host.machine.running(), [], where);
  await life.stop();
  const left = Object.keys(host.files()).filter((path) =>
    path.startsWith("/etc/systemd/system/") || path.startsWith("/own/ledger/default/")
  );
  assert.deepEqual(left, [], where);
  return "killed";
}
