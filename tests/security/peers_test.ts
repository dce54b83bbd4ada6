import assert from "node:assert/strict";
import type { HostTrust } from "../../core/agent/mod.ts";
import { problem, ProblemError } from "../../core/base/mod.ts";
import { serveByTls } from "../../core/platform/tls/mod.ts";
import { tlsPeers } from "../../wiring/tls.ts";
import { anAuthority, cluster, credentialsOf } from "../support/trust_material.ts";

Deno.test("tlsPeers() throws the problem for which another agent refuses", async () => {
  const authority = await anAuthority();
  const refusal = problem("AGENT_NOT_SEEDED", { what: "Cannot answer yet" });
  const server = await serveByTls({
    at: { host: "127.0.0.1", port: 0 },
    credentials: await credentialsOf(authority, { role: "host", name: "b" }),
    handle: () => Promise.resolve(Response.json({ problems: [refusal] }, { status: 409 })),
    onRefused: () => {},
    logger: { log: () => {} },
  });
  try {
    const credentials = await credentialsOf(authority, { role: "host", name: "a" });
    const peers = tlsPeers({ credentials } as HostTrust, cluster);
    await assert.rejects(
      peers.of({ id: "b", api: server.local }).ring(),
      (error) => error instanceof ProblemError && error.problem.what === refusal.what,
    );
  } finally {
    await server.close();
  }
});
