import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { AuditEntry, HostView } from "../../core/api/mod.ts";
import { connectByTls } from "../../core/platform/tls/mod.ts";
import { parseEndpoint } from "../../core/base/mod.ts";
import { encodePacketMessage, Keyring, sealPacket, utf8 } from "../../core/gossip/codec/mod.ts";
import {
  type Authority,
  clusterServerName,
  openAuthority,
  parseRing,
  ringKeys,
} from "../../core/trust/mod.ts";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";
import { anAuthority, credentialsOf } from "../support/trust_material.ts";

/**
 * A scripted attacker on the network of a real cluster: it sees where everything listens, and what goes by. Whatever it
 * tries changes nothing, and is in the log.
 */
Deno.test("an attacker on the network changes nothing, and is in the log", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const hosts: HostView[] = await alpha.ask("host", "list");
    const before = await stateOf(cluster);
    const [, id] = /^id: "?(\w+)/m.exec(await Deno.readTextFile(`${cluster.state}/cluster.yaml`))!;
    const authority = await authorityOf(alpha.directory);
    const target = parseEndpoint(hosts.find(({ name }) => name === "alpha")!.api)!;
    const gossip = parseEndpoint(hosts.find(({ name }) => name === "alpha")!.gossip)!;
    const serverName = clusterServerName(id);

    await attackApi({ target, serverName, authority });
    await attackTls(target);
    await attackGossip(gossip, id, await keysOf(alpha.directory));

    // An old accusation that is replayed is refuted by who lives: it is alive again, and stays so.
    await cluster.untilAllAlive();
    const after: HostView[] = await alpha.ask("host", "list");
    assert.deepEqual(
      after.map(({ name, address }) => [name, address]),
      [["alpha", "127.0.0.1"], ["beta", "127.0.0.1"]],
    );
    assert.deepEqual(await stateOf(cluster), before);
    let refused = new Set<string>();
    await eventuallyDone(async () => {
      const audit: AuditEntry[] = await alpha.ask("audit", "--limit", "1000");
      refused = new Set(
        audit.filter(({ outcome }) => outcome === "refused").map(({ code, what }) => code ?? what),
      );
      return ["handshake", "GOSSIP_REFUSED"].every((it) => refused.has(it)); // written a moment later
    });
    for (
      const code of [
        "TRUST_CERTIFICATE_MISSING",
        "TRUST_CERTIFICATE_FOREIGN",
        "TRUST_CERTIFICATE_EXPIRED",
        "TRUST_TOKEN_REFUSED",
        "API_BODY_TOO_LARGE",
        "GOSSIP_REFUSED",
        "GOSSIP_OTHER_CLUSTER",
      ]
    ) assert(refused.has(code), `${code} is in the audit log: ${[...refused]}`);
    await eventuallyDone(async () => /GOSSIP_\w+/.test(await alpha.log()));
    const audit: AuditEntry[] = await alpha.ask("audit", "--limit", "1000");
    const gossiped = audit.filter(({ what }) => what === "gossip");
    assert(gossiped.every(({ who, from }) => who === "nobody" && from.includes("127.0.0.1")));
    assert(gossiped.length < 20, "hundreds of packets are a few lines of the audit log");
  });
});

interface Target {
  readonly target: { readonly host: string; readonly port: number };
  readonly serverName: string;
  readonly authority: Authority;
}

/** Requests without, with a foreign, with an expired certificate, and with a guess at a token. */
async function attackApi({ target, serverName, authority }: Target): Promise<void> {
  const root = { role: "admin", name: "root" } as const;
  const own = { authority: authority.certificate };
  const expired = await credentialsOf(authority, root, {
    nowMs: Date.now() - 7_200_000,
    lifeMs: 3_600_000,
  });
  const foreign = await credentialsOf(await anAuthority(), root);
  const attempts = [
    { credentials: own, code: "TRUST_CERTIFICATE_MISSING" },
    { credentials: { ...foreign, ...own }, code: "TRUST_CERTIFICATE_FOREIGN" },
    { credentials: { ...expired, ...own }, code: "TRUST_CERTIFICATE_EXPIRED" },
  ];
  const requests = [
    ["GET", "/v1/service"],
    ["DELETE", "/v1/service/default/shop"],
    ["DELETE", "/v1/host/beta"],
    ["POST", "/v1/token"],
    ["GET", "/v1/peer/ring"],
    ["POST", "/v1/secret/default/db/value"],
  ];
  for (const { credentials, code } of attempts) {
    const way = connectByTls({ endpoints: [target], serverName, credentials });
    for (const [method, address] of requests) {
      const response = await way.fetch(address, { method });
      const { problems } = await response.json();
      assert.deepEqual([response.status, problems[0].code], [403, code], `${method} ${address}`);
    }
    await assert.rejects(way.openSocket("/v1/service/default/shop/exec?instance=a&argv=id", {
      message() {},
      close() {},
    }));
  }
  const stranger = connectByTls({ endpoints: [target], serverName, credentials: own });
  const guess = {
    token: "ab12cd34",
    secret: "guess",
    host: "mallory",
    cluster: serverName.split(".")[0],
    proof: "0".repeat(32),
    nowMs: Date.now(),
  };
  const join = async (body: string) => {
    const response = await stranger.fetch("/v1/join", { method: "POST", body });
    return (await response.json()).problems[0].code;
  };
  assert.equal(await join(JSON.stringify(guess)), "TRUST_TOKEN_REFUSED");
  assert.equal(await join(`{"token": "${"x".repeat(100_000)}"}`), "API_BODY_TOO_LARGE");
  assert.equal(await join("not json"), "API_BAD_REQUEST");
}

/** What is no TLS, and TLS without end. */
async function attackTls({ host, port }: Target["target"]): Promise<void> {
  for (const bytes of [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), noise(100_000)]) {
    const connection = await Deno.connect({ hostname: host, port });
    await connection.write(bytes).catch(() => {}); // it may hang up before it has read all
    await new Response(connection.readable).arrayBuffer().catch(() => {});
  }
}

/**
 * Packets and streams in plain text, of another cluster, encrypted with another key, replayed, and too large. The replayed
 * ones are what went by when beta was once accused: encrypted with the cluster's own key.
 */
async function attackGossip(
  { host, port }: Target["target"],
  cluster: string,
  keys: readonly Uint8Array[],
): Promise<void> {
  const label = utf8(cluster.slice(0, 16));
  const foreign = utf8("0".repeat(16));
  const keyring = new Keyring(keys);
  const strange = new Keyring([noise(32)]);
  const nonce = noise(12);
  const accusations = (["suspect", "dead"] as const).map((type) =>
    encodePacketMessage({ type, incarnation: 0, node: "beta", from: "alpha" })
  );
  const packets = [
    ...accusations,
    ...accusations.map((each) => sealPacket(each, { label })),
    ...accusations.map((each) => sealPacket(each, { label: foreign, keyring, nonce })),
    ...accusations.map((each) => sealPacket(each, { label, keyring: strange, nonce })),
    ...accusations.map((each) => sealPacket(each, { label, keyring, nonce })),
    noise(1_400),
    noise(60_000),
    new Uint8Array(0),
  ];
  const socket = createSocket("udp4");
  for (const packet of packets) {
    for (let count = 0; count < 10; count++) {
      await new Promise<void>((resolve) => socket.send(packet, port, host, () => resolve()));
    }
    const connection = await Deno.connect({ hostname: host, port });
    await connection.write(packet).catch(() => {});
    connection.close();
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

function noise(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(count, at + 65_536)));
  }
  return bytes;
}

async function authorityOf(root: string): Promise<Authority> {
  const read = (name: string) => Deno.readTextFile(`${root}/var/trust/${name}`);
  return await openAuthority(await read("ca.crt"), await read("ca.key"));
}

async function keysOf(root: string): Promise<Uint8Array[]> {
  return ringKeys(parseRing(await Deno.readTextFile(`${root}/var/trust/gossip.keys`)));
}

/** What is in the state, but for what every agent writes by itself. */
async function stateOf(cluster: StartedCluster): Promise<string[]> {
  const found: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (name.startsWith(".") || /^(heartbeat|listeners\.yaml|events.*|audit)$/.test(name)) {
        continue;
      }
      const path = `${directory}/${name}`;
      if (isDirectory) await walk(path);
      else found.push(path);
    }
  };
  await walk(cluster.state);
  return found.sort();
}
