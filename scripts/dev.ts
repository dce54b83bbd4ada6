/**
 * Runs one agent, or a few of one cluster, with a state of their own, and starts them anew when a source changes. What they
 * have started runs on meanwhile, as with any agent. Ctrl-C takes everything away.
 *
 *     deno task dev
 *     deno task dev --hosts 3
 *
 * Several agents are hosts of one cluster on one machine: each has a directory, an address on the loopback interface and a
 * name of its own; the state is in the first one's directory.
 */
import { buildPlugins } from "./build_plugins.ts";
import { Session } from "../demo/session.ts";
import { readArguments } from "./read_arguments.ts";

const root = new URL("..", import.meta.url).pathname;
const watched = ["main.ts", "core", "demo", "wiring", "profiles", "plugins-wasm", "plugin-pdk"];
const names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];
const settleMs = 200;

const { values: { hosts = 1 } } = readArguments({
  task: "deno task dev",
  about:
    "Runs agents of one cluster on this machine until Ctrl-C, and starts them anew when a source changes.",
  options: { hosts: { value: "N", about: "runs so many agents (1)", whole: [1, names.length] } },
});
const sessions: Session[] = [];
for (const name of names.slice(0, hosts)) {
  sessions.push(await Session.open(`dev-${name}`, undefined, name));
}
const state = `${sessions[0].directory}/state`;
const watcher = Deno.watchFs(watched.map((path) => `${root}${path}`));
Deno.addSignalListener("SIGINT", () => watcher.close());
Deno.addSignalListener("SIGTERM", () => watcher.close());
try {
  await start();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let starting: Promise<void> = Promise.resolve();
  for await (const { kind, paths } of watcher) {
    if (kind === "access" || paths.every((path) => !/\.(ts|ya?ml)$/.test(path))) continue;
    clearTimeout(timer); // editors write a file in several strokes
    timer = setTimeout(() => {
      console.log(`\n# Changed: ${paths.map((path) => path.slice(root.length)).join(", ")}`);
      starting = starting.then(start);
    }, settleMs);
  }
  clearTimeout(timer);
  await starting;
} finally {
  console.log("\n# Taking everything away");
  for (const session of [...sessions].reverse()) await session.close();
}

/** Sources that do not compile leave no agents, until the next change. */
async function start(): Promise<void> {
  for (const session of sessions) await session.stopAgent();
  try {
    await buildPlugins();
    const [first, ...others] = sessions;
    await startOne(first, 0);
    const token = others.length > 0 ? await first.read("cluster", "token", "create") : "";
    for (const [index, session] of others.entries()) {
      await startOne(session, index + 1, token.trim());
    }
    if (others.length > 0) await first.show("cluster", "status");
  } catch (error) {
    console.error(`\n# ${(error as Error).message}`);
    for (const { agentLog } of sessions) {
      console.error(await Deno.readTextFile(agentLog).catch(() => ""));
    }
  }
}

/** Starts an agent; without a token, or where it has joined already, the one that is there. */
async function startOne(session: Session, index: number, token?: string): Promise<void> {
  console.log(`\n$ export KHUTULUN_ROOT=${session.directory}`);
  const at = ["--address", `127.0.0.${index + 1}`, "--state", state];
  const isNew = await Deno.stat(`${session.directory}/etc/agent.yaml`).then(
    () => false,
    () => true,
  );
  if (token !== undefined && isNew) await session.joinAgent(token, at);
  else await session.startAgent(["--name", "dev", ...at]);
}
