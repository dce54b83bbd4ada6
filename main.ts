/**
 * Khutulun: a service orchestrator for machine clusters that speaks TOSCA 2.0.
 *
 * With `wiring/`, the one place that joins `core/platform/` to the rest; it reads arguments and environment. What an agent
 * needs is loaded when one is run, so that a command starts at once.
 */
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Connection } from "./core/api/mod.ts";
import { fail } from "./core/base/mod.ts";
import { runCli, type Surroundings } from "./core/cli/mod.ts";
import { connectToSocket } from "./core/platform/http/mod.ts";
import {
  onInterrupt,
  StandardOutput,
  UserContexts,
  userFiles,
  userTerminal,
} from "./core/platform/terminal/mod.ts";
import { lazyConnection } from "./wiring/lazy_connection.ts";
import { rootOf, socketOf, startCommand } from "./wiring/places.ts";
import { version } from "./wiring/version.ts";

const here = new URL("./", import.meta.url);

const surroundings: Surroundings = {
  version,
  env: (name) => Deno.env.get(name),
  stdout: new StandardOutput(Deno.stdout),
  stderr: new StandardOutput(Deno.stderr),
  stdin: () => Deno.stdin.readable,
  terminal: userTerminal(Deno.env.get("TERM")),
  files: userFiles,
  async download(url, limits) {
    const { download } = await import("./core/platform/mod.ts");
    return await download(url, limits);
  },
  nowMs: () => Date.now(),
  onInterrupt,
  connect(root) {
    const context = Deno.env.get("KHUTULUN_CONTEXT") || userContexts().currentSync();
    const isHere = rootOf(root) !== undefined || context === undefined || context === "none";
    if (!isHere) return contextConnection(context);
    return connectToSocket(socketOf(root), { startCommand: startCommand(root) });
  },
  connectContext: contextConnection,
  get contexts() {
    return userContexts();
  },
  async makeContextKey(name) {
    return await (await import("./wiring/contexts.ts")).makeContextKey(name);
  },
  async certificateOf(certificate) {
    return (await import("./wiring/contexts.ts")).readCertificate(certificate);
  },
  async join(options) {
    return await (await import("./wiring/join.ts")).join(options);
  },
  async seed(options) {
    return await (await import("./wiring/run_agent.ts")).runAgent(here, options);
  },
  async install(kind, options, say) {
    await (await import("./wiring/install.ts")).install(here, kind, options, say);
  },
  async installedAgent(options) {
    return await (await import("./wiring/install.ts")).installedAgent(options);
  },
  async demo({ keep }) {
    const { playDemo } = await import("./demo/play_demo.ts");
    const { checkoutProgram } = await import("./demo/session.ts");
    const { readBuildFacts } = await import("./core/platform/embedded/mod.ts");
    const { executable } = await readBuildFacts(here, Deno.env.toObject());
    const argv = executable ? [executable] : checkoutProgram.argv.with(-1, Deno.mainModule);
    return await playDemo({ program: { argv, folder: fileURLToPath(here) }, keep });
  },
  async build() {
    const { readBuildFacts } = await import("./core/platform/embedded/mod.ts");
    return await readBuildFacts(here, Deno.env.toObject());
  },
  async profiles() {
    const { readEmbedded } = await import("./core/platform/embedded/mod.ts");
    return (await readEmbedded(here)).profiles;
  },
};

/** A person's contexts are beside what other programs keep for that person, whoever runs the agent. */
function userContexts(): UserContexts {
  const config = Deno.env.get("XDG_CONFIG_HOME");
  return new UserContexts(`${config?.startsWith("/") ? config : `${homedir()}/.config`}/khutulun`);
}

/** Returns a way to the cluster of a context of this user's. */
function contextConnection(name: string): Connection {
  return lazyConnection(async () => {
    const text = userContexts().readSync(name);
    if (text === undefined) {
      return fail("TRUST_CONTEXT_UNKNOWN", {
        what: `There is no context "${name}"`,
        fix: "See them: khutulun context list",
      });
    }
    const { openContext } = await import("./wiring/contexts.ts");
    return openContext(
      name,
      text,
      Date.now(),
      (message) => surroundings.stderr.write(`${message}\n`),
    );
  });
}

Deno.exit(await runCli(Deno.args, surroundings));
