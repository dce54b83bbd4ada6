/**
 * Runs one agent with a state of its own, and starts it anew when a source changes. What it has started runs on meanwhile, as
 * with any agent. Ctrl-C takes everything away.
 *
 *     deno task dev
 */
import { buildPlugins } from "./build_plugins.ts";
import { Session } from "./session.ts";

const root = new URL("..", import.meta.url).pathname;
const watched = ["main.ts", "core", "profiles", "plugins-wasm", "plugin-pdk"];
const settleMs = 200;

const session = await Session.open("dev");
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
  await session.close();
}

/** A source that does not compile leaves no agent, until the next change. */
async function start(): Promise<void> {
  await session.stopAgent();
  try {
    await buildPlugins();
    console.log(`\n$ export KHUTULUN_ROOT=${session.directory}`);
    await session.startAgent(["--name", "dev", "--address", "127.0.0.1"]);
  } catch (error) {
    console.error(`\n# ${(error as Error).message}`);
    console.error(await Deno.readTextFile(session.agentLog).catch(() => ""));
  }
}
