/**
 * Lets the included plugins plan processes on this host, carries their steps out, and prints what was done, for the
 * scenarios.
 *
 *     deno run -A run_processes.js system|user reconcile|observe|remove [GREETING]
 *
 * Two processes print their arguments and environment as JSON: one with plain words, one with the worst there are.
 */
import { execute } from "../../../core/agent/pass/execute.ts";
import { runStep } from "../../../core/agent/pass/effects.ts";
import { type LoadedPlugin, PluginInvoker } from "../../../core/agent/plugins/mod.ts";
import { ExtismRuntime } from "../../../core/platform/extism/mod.ts";
import {
  lineLogger,
  LocalFiles,
  systemClock,
  SystemProcesses,
} from "../../../core/platform/mod.ts";
import {
  chooseManager,
  readSystemdFacts,
  systemdPlaces,
} from "../../../core/platform/systemd/mod.ts";
import type { HostFacts, Item, Verb } from "../../../core/plugin/mod.ts";
import { parse } from "yaml";
import { arrangeHostPlan } from "../../../core/plan/mod.ts";
import { readManifest } from "../../../core/plugin/mod.ts";

const [mode, verb, greeting = "hello"] = Deno.args as ["system" | "user", Verb, string?];
const lab = "/mnt/lab";
const places = systemdPlaces(Deno.env.toObject());
const manager = chooseManager(mode, await readSystemdFacts(places));
if (manager.kind === "none") throw new Error(manager.problem?.why);
const home = mode === "system" ? "/var/lib/khutulun" : `${Deno.env.get("HOME")}/khutulun`;
const host: HostFacts = {
  id: "h1",
  mode,
  systemd: manager.kind,
  address: "127.0.0.1",
  paths: {
    units: mode === "system" ? "/etc/systemd/system" : `${home}/units`,
    unitsLinked: mode === "user",
    data: `${home}/data`,
    runtime: `${home}/run`,
    logs: `${home}/log`,
  },
  facts: {},
};
const awkward = [
  "",
  " ",
  'a "b"',
  "c 'd'",
  "%d %% $E $$ ${F}",
  "\\ \\n",
  "é漢🦊",
  "x\ny\tz",
  ";",
  "#g",
  "--h=\\",
];
const print = "import json, os, sys, time; " +
  "print(json.dumps([sys.argv[1:], os.environ.get('VALUE')]), flush=True); time.sleep(1000)";

function item(id: string, args: readonly string[], value: string): Item {
  return {
    id,
    kind: "instance",
    name: `khutulun.shop.${id}`,
    namespace: "default",
    service: "shop",
    epoch: 1,
    types: ["org.khutulun:1.0::Process"],
    want: verb === "remove" ? "absent" : "running",
    revision: 1,
    properties: verb === "remove" ? {} : {
      command: ["python3", "-c", print, ...args],
      environment: { VALUE: value },
      restart: "on-failure",
    },
    attributes: {},
    claims: {},
    capabilities: {},
    artifacts: {},
    relations: [],
    owned: [],
  };
}

async function load(name: string): Promise<LoadedPlugin> {
  const folder = `${lab}/plugins/${name}`;
  const { value } = readManifest(parse(await Deno.readTextFile(`${folder}/plugin.yaml`)), name);
  const wasm = await Deno.readFile(`${folder}/plugin.wasm`);
  const hash = await crypto.subtle.digest("SHA-256", wasm);
  const digest = `sha256:${new Uint8Array(hash).toHex()}`;
  return { manifest: value!, digest, module: { name, digest, load: () => Promise.resolve(wasm) } };
}

const items = [item("web-0", [greeting], greeting), item("odd-0", awkward, awkward.join("|"))];
const processes = new SystemProcesses(systemClock, manager.environment);
const files = new LocalFiles();
const runtime = new ExtismRuntime({ workerScript: new URL(`file://${lab}/plugin_worker.js`) });
const invoker = new PluginInvoker(files, processes, runtime, lineLogger(), { resolve: load });
const ask = (asked: Verb) =>
  invoker.call({ name: "process" }, { verb: asked, host, items, round: 0 });

if (verb !== "observe") {
  const { steps } = await ask(verb);
  const ref = { namespace: "default", service: "shop" };
  const plan = arrangeHostPlan({ host: "h1", ref, steps, waits: [], later: [], problems: [] });
  const readArtifact = () => Promise.reject(new Error("there is no artifact"));
  const { problems } = await execute(
    plan,
    {
      own: () => Promise.resolve(),
      run: async (step) => {
        console.log(step.key);
        await runStep(step, { files, processes, readArtifact, host: "h1" });
      },
      gate: () => Promise.resolve(undefined),
      report: () => {},
    },
    new AbortController().signal,
    { parallelMax: 1 },
  );
  for (const each of problems) console.log(each.what, each.why);
  const left = (await ask(verb)).steps.map((step) => step.key);
  console.log(left.length === 0 ? "nothing is left to do" : `left to do: ${left.join(", ")}`);
}
for (const { id, phase, why = "" } of (await ask("observe")).response.items) {
  console.log(`${id}: ${phase} ${why}`.trim());
}
for (const { id, name } of verb === "remove" ? [] : items) {
  const wanted = id === "odd-0" ? [awkward, awkward.join("|")] : [[greeting], greeting];
  const said = await lastSaid(name);
  const isSame = said !== "" && JSON.stringify(JSON.parse(said)) === JSON.stringify(wanted);
  console.log(`${id} ${isSame ? "was given what was meant" : `was given "${said}"`}`);
}
await runtime.close();

/** Returns the last thing that a process printed since its start; it may need a moment to get there. */
async function lastSaid(name: string): Promise<string> {
  const unit = mode === "user" ? `--user-unit=${name}` : `--unit=${name}`;
  const argv = ["journalctl", "-q", "-o", "cat", "-n", "1", unit, "--grep=^\\[\\["];
  for (let tries = 0; tries < 50; tries++) {
    const { stdout } = await processes.run({ argv, timeoutMs: 5_000 });
    if (stdout.trim() !== "") return stdout;
    await systemClock.sleep(200);
  }
  return "";
}
