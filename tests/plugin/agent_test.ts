/** The agent, the included plugins, real processes: what the parts' own tests cannot see is how they meet. */
import assert from "node:assert/strict";
import type { Agent } from "../../core/agent/mod.ts";
import { createAgent, seedCluster, unreachablePeers } from "../../core/agent/mod.ts";
import type { JsonObject } from "../../core/base/mod.ts";
import { lineLogger } from "../../core/platform/mod.ts";
import { openWorld } from "../../core/platform/world/mod.ts";
import { buildPlugins } from "../../scripts/build_plugins.ts";
import { helloGraph } from "../support/hello_graph.ts";
import { modelLanguage, uploadOf } from "../support/simulated_host.ts";

const ref = { namespace: "default", service: "hello" };
const script = '#!/bin/sh\nprintf \'%s|\' "$GREETING" "$PORT" "$@"\nexec sleep 1000\n';
const awkward = "a \"b\" 'c' %d $E \\ é漢\n🦊";

Deno.test("the included plugins run a service from deploy to delete, without systemd", async () => {
  const root = await Deno.makeTempDir({ prefix: "khutulun-plugins-" });
  const lines: string[] = [];
  const logger = lineLogger({ write: (line) => void lines.push(line) });
  const world = await openWorld({ mode: "user", runtime: `${root}/run`, logger });
  const ended = new AbortController();
  let agent: Agent | undefined;
  try {
    const options = {
      version: "0.0.0",
      state: `${root}/state`,
      own: `${root}/own`,
      config: `${root}/etc`,
      mode: "user" as const,
      systemd: "none" as const,
      hostName: "alpha",
      boot: world.boot,
      facts: {},
      listen: {
        gossip: { host: "127.0.0.1", port: 0 },
        api: { host: "127.0.0.1", port: 0 },
      },
      paths: {
        units: `${root}/units`,
        unitsLinked: true,
        data: `${root}/data`,
        runtime: `${root}/run`,
        logs: `${root}/log`,
      },
    };
    const seed = { name: "test", address: "127.0.0.1" };
    await seedCluster(world.ports, options, seed, await embedded());
    agent = await createAgent({ ...world.ports, peers: unreachablePeers }, options, modelLanguage);
    const running = agent.run(ended.signal);

    await settled(agent, (await agent.useCases.deploy(request("hello"))).generation, lines);
    const port = String((await agent.useCases.outputs(ref)).url);
    const said = await textOf(`${root}/log/khutulun.hello.web-0.log`, (text) => text.endsWith("|"));
    assert.equal(said, `hello|${port}|${awkward}|`);
    const first = await pids(agent);

    const again = await agent.useCases.deploy(request("hello"));
    assert.equal(again.changed, false);
    const answer = await agent.useCases.deploy(request("good bye"));
    assert.deepEqual([...new Set(answer.plan!.hosts[0].steps.map((step) => step.item))], ["web-0"]);
    await settled(agent, answer.generation, lines);
    const second = await pids(agent);
    assert.notEqual(second["web-0"], first["web-0"]);
    assert.equal(second["client-0"], first["client-0"]);

    await settled(agent, (await agent.useCases.delete(ref, {})).generation, lines);
    const left = [...walk(root)].filter((path) => /^(data|run|log|units)\//.test(path));
    assert.deepEqual(left, []);
    ended.abort();
    await running;
  } finally {
    ended.abort();
    await agent?.close();
    await endAll(`${root}/run`);
    await world.close();
    await Deno.remove(root, { recursive: true });
  }
});

function request(greeting: string) {
  const graph = JSON.parse(helloGraph({ greeting }));
  const commands: Record<string, unknown[]> = {
    web: ["sh", { $get_artifact: ["SELF", "serve"] }, awkward],
    client: ["sleep", "1000"],
  };
  for (const vertex of graph.vertexes) {
    if (commands[vertex.name]) vertex.properties.command = commands[vertex.name];
  }
  const files = { "service.yaml": JSON.stringify(graph), "serve.sh": script };
  return { ref, template: { upload: uploadOf(files) } };
}

async function embedded() {
  const built = (await buildPlugins()).map((each) => each.name);
  const plugins = new Map(
    await Promise.all(built.map(async (name): Promise<[string, Map<string, Uint8Array>]> => {
      const folder = new URL(`../../build/plugins/${name}/`, import.meta.url);
      const files = ["plugin.yaml", "plugin.wasm"].map(async (
        file,
      ): Promise<[string, Uint8Array]> => [file, await Deno.readFile(new URL(file, folder))]);
      return [name, new Map(await Promise.all(files))];
    })),
  );
  return { profiles: new Map(), plugins };
}

async function settled({ useCases }: Agent, generation: number, log: string[]): Promise<void> {
  let last;
  for await (const each of useCases.follow(ref, generation, AbortSignal.timeout(60_000))) {
    last = each;
  }
  assert.equal(last?.kind, "settled", `${JSON.stringify(last)}\n${log.join("")}`);
}

async function pids({ useCases }: Agent): Promise<Record<string, unknown>> {
  const views = await useCases.instances({});
  return Object.fromEntries(
    views.map(({ id, attributes }) => [id, (attributes as JsonObject).pid]),
  );
}

async function textOf(path: string, isWhole: (text: string) => boolean): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (isWhole(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return await Deno.readTextFile(path);
}

/** Ends what a failed test left running. */
async function endAll(runtime: string): Promise<void> {
  for (const path of walk(runtime)) {
    if (!path.endsWith(".pid")) continue;
    const pid = Number((await Deno.readTextFile(`${runtime}/${path}`)).split(" ")[0]);
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

function* walk(directory: string, prefix = ""): Generator<string> {
  try {
    for (const entry of Deno.readDirSync(`${directory}/${prefix}`)) {
      if (entry.isDirectory) yield* walk(directory, `${prefix}${entry.name}/`);
      else yield `${prefix}${entry.name}`;
    }
  } catch {
    // It is not there.
  }
}
