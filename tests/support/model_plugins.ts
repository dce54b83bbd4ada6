/**
 * Small models of the included plugins, over the same messages: what the agent's own tests run services with.
 *
 * `process` starts its processes detached (a host without systemd), `tcp` reserves ports and joins connections,
 * `directory` makes directories. They are simple on purpose; the included plugins have tests of their own.
 */
import type { Embedded } from "../../core/agent/mod.ts";
import type { Item, ItemResponse, Request } from "../../core/plugin/mod.ts";
import { type JsonObject, stableJson } from "../../core/base/mod.ts";
import type { ModelHost, PluginModel } from "../../core/sim/mod.ts";

const type = (name: string) => `org.khutulun:1.0::${name}`;

const process: PluginModel = async (request, host) => {
  const answers: ItemResponse[] = [];
  const looks = new Map<string, Running>();
  for (const item of request.items) looks.set(item.id, await look(item, request, host));
  for (const item of request.items) answers.push(await answerProcess(item, request, looks, host));
  return { items: answers };
};

interface Running {
  readonly revision?: string;
  readonly isRunning: boolean;
}

const pidPathOf = (item: Item, { host }: Request) => `${host.paths.runtime}/${item.name}.pid`;
const logPathOf = (item: Item, { host }: Request) => `${host.paths.logs}/${item.name}.log`;

async function look(item: Item, request: Request, host: ModelHost): Promise<Running> {
  if (request.verb === "place" || request.verb === "logs") return { isRunning: false };
  const file = await host("read_file", { path: pidPathOf(item, request) });
  if (!file.exists) return { isRunning: false };
  const [pid, ticks, revision] = file.text!.trim().split(" ");
  const stat = await host("read_file", { path: `/proc/${pid}/stat` });
  return { revision, isRunning: stat.exists && stat.text!.includes(` ${ticks} `) };
}

async function answerProcess(
  item: Item,
  request: Request,
  looks: ReadonlyMap<string, Running>,
  host: ModelHost,
): Promise<ItemResponse> {
  const { id, properties } = item;
  const facts = { host: request.host.id, address: request.host.address, unit: item.name };
  const command = (properties.command ?? []) as string[];
  const { isRunning, revision: found } = looks.get(id)!;
  const [pidPath, logPath] = [pidPathOf(item, request), logPathOf(item, request)];
  const content = Object.values(item.artifacts).map(({ digest }) => digest);
  const revision = `r${hash(stableJson([properties, content, item.revision]))}`;
  switch (request.verb) {
    case "place":
      return { id, attributes: facts, needsCommands: command.slice(0, 1) };
    case "logs":
      return { id, command: { argv: ["tail", "-n", "10", logPath] } };
    case "observe":
      if (isRunning) return { id, phase: "ready", attributes: facts, owned: item.owned };
      return item.owned.length === 0
        ? { id, phase: "pending", owned: item.owned }
        : { id, phase: "failed", why: "The process has ended", owned: item.owned };
    case "remove": {
      if (item.owned.length === 0) return { id, phase: "absent", owned: [] };
      const step = { item: id, needs: [] };
      await host("end", {
        step: { ...step, key: `end ${id}`, why: `stop ${id}`, gate: "stop" },
        pidPath,
        graceMs: 1_000,
      });
      await host("remove_file", {
        step: { item: id, key: `remove log ${id}`, why: `remove the log`, needs: [`end ${id}`] },
        path: logPath,
      });
      await removeArtifacts(item, host);
      // What is owned is looked up in the ledger by files that are still there: here, all or nothing.
      return { id, phase: "stopped", owned: [] };
    }
    case "reconcile": {
      if (isRunning && found === revision) return { id, phase: "ready", owned: item.owned };
      const needs: string[] = [];
      for (const artifact of Object.values(item.artifacts)) {
        const key = `write ${artifact.hostPath}`;
        needs.push(key);
        await host("write_file", {
          step: {
            key,
            item: id,
            why: `copy ${artifact.fileName}`,
            owns: [`file:${artifact.hostPath}`],
          },
          path: artifact.hostPath,
          mode: "0755",
          artifact: { path: artifact.path, digest: artifact.digest },
        });
      }
      await host("spawn", {
        step: {
          key: `start ${id}`,
          item: id,
          why: `start ${id}`,
          needs,
          gate: "start",
          owns: [`process:${item.name}`],
        },
        argv: command,
        env: properties.environment as Record<string, string>,
        logPath,
        pidPath,
        revision,
      });
      return { id, phase: "starting" };
    }
    default:
      return { id };
  }
}

async function removeArtifacts(item: Item, host: ModelHost): Promise<void> {
  for (const owned of item.owned) {
    if (!owned.startsWith("file:")) continue;
    const path = owned.slice("file:".length);
    const folder = path.slice(0, path.lastIndexOf("/"));
    await host("remove_file", {
      step: {
        key: `remove ${folder}`,
        item: item.id,
        why: `remove ${folder}`,
        needs: [`end ${item.id}`],
      },
      path: folder,
      recursive: true,
    });
  }
}

const tcp: PluginModel = (request) => ({
  items: request.items.map((item): ItemResponse => {
    const { id } = item;
    if (request.verb === "remove") return { id, phase: "absent", owned: [] };
    if (item.kind === "edge") {
      const port = item.relations[0].other.relations
        ?.find((each) => each.types.includes(type("Reserves")))?.other.attributes.port;
      return port === undefined
        ? { id, phase: "pending" }
        : { id, phase: "ready", attributes: { port, address: item.relations[0].other.address } };
    }
    const { port, from = 20000, to = 20010 } = item.properties as Record<string, number>;
    const want = port === undefined ? { range: [from, to] as const } : { key: String(port) };
    const claims = [{ name: "port", kind: "tcp", want }];
    const attributes: JsonObject = item.claims.port
      ? { port: Number(item.claims.port), address: request.host.address }
      : {};
    if (request.verb === "place") return { id, claims, attributes };
    return { id, phase: "ready", attributes, owned: [`claim:tcp/${item.claims.port}`] };
  }),
});

const directory: PluginModel = async (request, host) => {
  const items: ItemResponse[] = [];
  const pathOf = (item: Item) => `${request.host.paths.data}/${item.name}`;
  const isThere = new Map<string, boolean>();
  for (const item of request.items) {
    if (request.verb === "place") continue;
    isThere.set(item.id, (await host("list_dir", { path: pathOf(item) })).exists);
  }
  for (const item of request.items) {
    const { id } = item;
    const path = pathOf(item);
    const attributes = { path };
    const here = isThere.get(id) ?? false;
    const owned = here ? [`directory:${path}` as const] : [];
    if (request.verb === "place") items.push({ id, attributes });
    else if (request.verb === "remove") {
      if (here) {
        await host("remove_file", {
          step: { key: `remove ${path}`, item: id, why: `remove ${path}`, gate: "stop" },
          path,
          recursive: true,
        });
      }
      items.push({ id, phase: here ? "stopped" : "absent", owned: [] });
    } else {
      if (request.verb === "reconcile" && !here) {
        await host("exec", {
          step: { key: `make ${path}`, item: id, why: `make ${path}`, owns: [`directory:${path}`] },
          argv: ["install", "-d", "-m", "0755", path],
        });
      }
      items.push({ id, phase: here ? "ready" : "pending", attributes, owned });
    }
  }
  return { items };
};

function hash(text: string): string {
  let value = 7;
  for (const char of text) value = (value * 31 + char.codePointAt(0)!) % 0xffffffff;
  return value.toString(16);
}

/** The models by plugin name. */
export const models: Readonly<Record<string, PluginModel>> = { process, tcp, directory };

const manifests: Readonly<Record<string, string>> = {
  process: `
name: process
version: 0.1.0
contract: 1
realises: { nodes: ["${type("Process")}"] }
commands:
- spawn: [ "**" ]
- attach: [ tail, "**" ]
reads: [ "{runtime}/*.pid", "/proc/*/stat" ]
writes: [ "{data}/**", "{runtime}/*.pid", "{logs}/*.log" ]
`,
  tcp: `
name: tcp
version: 0.1.0
contract: 1
realises:
  nodes: ["${type("Port")}"]
  edges: [ { type: "${type("Connection")}", side: source } ]
`,
  directory: `
name: directory
version: 0.1.0
contract: 1
realises: { nodes: ["${type("Directory")}"] }
commands:
- change: [ install, "**" ]
reads: [ "{data}/**" ]
writes: [ "{data}/**" ]
`,
};

/** The models as built-in packages: manifests, and a module of no bytes that matter. */
export const modelPackages: Embedded["plugins"] = new Map(
  Object.entries(manifests).map(([name, text]) => [
    name,
    new Map([
      ["plugin.yaml", new TextEncoder().encode(text)],
      ["plugin.wasm", new TextEncoder().encode(`model ${name}`)],
    ]),
  ]),
);
