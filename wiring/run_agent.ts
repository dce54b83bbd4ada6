import {
  type Agent,
  createAgent,
  type HostTrust,
  openTrust,
  toscaLanguage,
} from "../core/agent/mod.ts";
import { ApiServer } from "../core/api/server/mod.ts";
import type { SeedOptions } from "../core/cli/mod.ts";
import { readEmbedded } from "../core/platform/embedded/mod.ts";
import { serveOnSocket, upgradeToWebSocket } from "../core/platform/http/mod.ts";
import { lineLogger } from "../core/platform/mod.ts";
import { upgradeTlsRequest } from "../core/platform/tls/mod.ts";
import { type HostWorld, openWorld } from "../core/platform/world/mod.ts";
import type { Endpoint } from "../core/ports/mod.ts";
import { agentOptions } from "./agent_options.ts";
import { ownerOf, seedWhereNew } from "./own_host.ts";
import { pathsOf, rootOf, usualMode } from "./places.ts";
import { serveTlsApi, tlsPeers } from "./tls.ts";
import { version } from "./version.ts";

/**
 * Runs the agent until it is told to end (SIGTERM, SIGINT), seeding its cluster first where the host has none. What it has
 * started runs on.
 *
 * @param source The folder of `main.ts`.
 */
export async function runAgent(source: URL, asked: SeedOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const mode = asked.mode ?? usualMode();
  const paths = pathsOf(asked.root, mode);
  const logger = lineLogger({ form: Deno.env.has("JOURNAL_STREAM") ? "journal" : "text" });
  const world = await openWorld({ mode, runtime: paths.runtime, logger });
  try {
    const isRelocated = rootOf(asked.root) !== undefined;
    const options = await seedWhereNew(
      asked,
      world,
      agentOptions(world, mode, paths, isRelocated),
      await readEmbedded(source),
      stop.signal,
    );
    const owner = await ownerOf(world, options);
    const trust = await openTrust(world.ports, owner);
    const ports = { ...world.ports, peers: tlsPeers(trust, owner.cluster) };
    const agent = await createAgent(ports, { ...options, trust }, toscaLanguage());
    try {
      await serve(agent, { world, trust, socket: paths.socket, at: options.listen.api }, stop);
    } finally {
      await agent.close();
    }
    return 0;
  } finally {
    await world.close();
  }
}

/** Serves the API while the agent runs. */
async function serve(
  agent: Agent,
  { world, trust, socket, at }: {
    readonly world: HostWorld;
    readonly trust: HostTrust;
    readonly socket: string;
    readonly at: Endpoint;
  },
  { signal }: AbortController,
): Promise<void> {
  const { logger, locks, clock } = world.ports;
  const api = new ApiServer({
    agent: agent.useCases,
    peer: agent.peer,
    attach: (command, terminal) => agent.attach(command, terminal),
    upgrade: (request) => upgradeTlsRequest(request) ?? upgradeToWebSocket(request),
    version,
    logger,
  });
  const server = await serveOnSocket(socket, (request) => api.fetch(request), locks);
  logger.log("info", "The agent answers", { socket });
  for (const { what, why, fix } of world.problems) {
    logger.log("warning", why === undefined ? what : `${what}: ${why}`, { ...(fix && { fix }) });
  }
  try {
    const tls = await serveTlsApi({ agent, api, trust, at, clock, logger });
    try {
      await agent.run(signal);
    } finally {
      api.close();
      await tls.close();
    }
  } finally {
    api.close();
    await server.close();
    logger.log("info", "The agent ends; what it has started runs on");
  }
}
