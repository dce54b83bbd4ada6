import assert from "node:assert/strict";
import net from "node:net";
import tls from "node:tls";
import { Client, ProblemsError } from "../../core/api/mod.ts";
import { ApiServer } from "../../core/api/server/mod.ts";
import { ProblemError } from "../../core/base/mod.ts";
import { systemClock, SystemProcesses } from "../../core/platform/mod.ts";
import {
  connectByTls,
  readServerAuthority,
  serveByTls,
  type TlsClientOptions,
  type TlsPeer,
  type TlsServer,
  upgradeTlsRequest,
} from "../../core/platform/tls/mod.ts";
import { fingerprintOf, hostServerName } from "../../core/trust/mod.ts";
import type { UseCases } from "../../core/agent/mod.ts";
import { eventually } from "../support/eventually.ts";
import { fakeAgent, silent } from "../support/fake_agent.ts";
import { anAuthority, cluster, credentialsOf, serverName } from "../support/trust_material.ts";

const alpha = { role: "host", name: "alpha" } as const;
const root = { role: "admin", name: "root" } as const;
const hello = { namespace: "default", name: "hello" };

/** A fake agent behind a real TLS server; `peers` has who asked, request by request. */
interface Scene {
  readonly server: TlsServer;
  readonly peers: TlsPeer[];
  readonly authority: Awaited<ReturnType<typeof anAuthority>>;
  /** A way to it for an administrator, unless told otherwise. */
  connect(options?: Partial<TlsClientOptions>): Promise<Client>;
}

async function withServer(
  test: (scene: Scene) => Promise<void>,
  overrides: Partial<UseCases> = {},
): Promise<void> {
  const authority = await anAuthority();
  const processes = new SystemProcesses(systemClock);
  const peers: TlsPeer[] = [];
  const api = new ApiServer({
    agent: fakeAgent(overrides),
    attach: (command) => processes.attach(command),
    upgrade: (request) => upgradeTlsRequest(request)!,
    version: "0.1.0",
    logger: silent,
  });
  const server = await serveByTls({
    at: { host: "127.0.0.1", port: 0 },
    credentials: await credentialsOf(authority, alpha),
    handle: (request, peer) => {
      peers.push(peer);
      return api.fetch(request);
    },
    logger: silent,
  });
  const clients: Client[] = [];
  const connect = async (options: Partial<TlsClientOptions> = {}) => {
    const client = new Client(connectByTls({
      endpoints: [server.local],
      serverName,
      credentials: options.credentials ?? await credentialsOf(authority, root),
      ...options,
    }));
    clients.push(client);
    return client;
  };
  try {
    await test({ server, peers, authority, connect });
  } finally {
    for (const client of clients) client.close();
    api.close();
    await server.close();
  }
}

Deno.test("serveByTls() hands on who asks, with and without a certificate", async () => {
  await withServer(async ({ connect, peers, authority }) => {
    assert.equal((await (await connect()).call("status", {})).host, "alpha");
    const other = await credentialsOf(await anAuthority(), root);
    const expired = await credentialsOf(authority, root, {
      nowMs: Date.now() - 7_200_000,
      lifeMs: 3_600_000,
    });
    for (
      const credentials of [
        { authority: authority.certificate },
        { ...other, authority: authority.certificate },
        expired,
      ]
    ) await (await connect({ credentials })).call("status", {});
    const shown = peers.map(({ certificate }) =>
      certificate && [certificate.isAuthorized, certificate.organisation, certificate.name]
    );
    assert.deepEqual(shown, [
      [true, "admin", "root"],
      undefined,
      [false, "admin", "root"],
      [false, "admin", "root"],
    ]);
    assert(peers.every(({ from }) => from.host === "127.0.0.1" && from.port > 0));
    assert(peers[3].certificate!.notAfterMs < Date.now());
  });
});

Deno.test("connectByTls() refuses whoever is not the host or cluster that it asked for", async () => {
  await withServer(async ({ connect, authority }) => {
    const named = await connect({ serverName: hostServerName(cluster, "alpha") });
    await named.call("status", {});
    const foreign = await credentialsOf(await anAuthority(), root);
    const wrong = [
      { serverName: hostServerName(cluster, "beta") },
      { serverName: "other.khutulun.internal" },
      { credentials: foreign },
    ];
    for (const options of wrong) {
      const client = await connect(options);
      await rejectsWith("TRUST_WRONG_AUTHORITY", () => client.call("status", {}));
    }
    assert(authority);
  });
});

Deno.test("connectByTls() takes the first endpoint that answers, and says when none does", async () => {
  await withServer(async ({ connect, server }) => {
    const nobody = { host: "127.0.0.1", port: 1 };
    const client = await connect({ endpoints: [nobody, server.local] });
    assert.equal((await client.call("status", {})).host, "alpha");
    const lonely = await connect({ endpoints: [nobody] });
    await rejectsWith("API_UNREACHABLE", () => lonely.call("status", {}));
  });
});

Deno.test("connectByTls() says when the agent does not answer in time", async () => {
  await withServer(async ({ connect }) => {
    const client = await connect({ answerTimeoutMs: 300 });
    await rejectsWith("API_CONNECTION_LOST", () => client.call("status", {}));
  }, { status: () => new Promise(() => {}) });
});

Deno.test("Client.stream() gets events by TLS as they happen, and the agent knows when it goes", async () => {
  let isGone = false;
  async function* follow(_ref: unknown, _generation: unknown, signal: AbortSignal) {
    signal.addEventListener("abort", () => isGone = true);
    yield progress("first");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
  await withServer(async ({ connect }) => {
    const client = await connect();
    const abort = new AbortController();
    const input = { path: hello, query: { generation: 1 } };
    await assert.rejects(async () => {
      for await (const { message } of client.stream("follow", input, abort.signal)) {
        assert.equal(message, "first");
        abort.abort(new Error("enough"));
      }
    });
    await eventually(() => isGone, 30_000);
  }, { follow: follow as UseCases["follow"] });
});

Deno.test("Client.exec() joins input, output and exit code by TLS; a refusal is told", async () => {
  const command = (argv: readonly string[]) => ({ instance: "web-0", argv, env: {} });
  await withServer(async ({ connect }) => {
    const client = await connect();
    const input = "a".repeat(300_000);
    let stdout = "";
    const code = await client.exec({
      path: hello,
      query: { instance: "web-0", argv: ["sh", "-c", "cat; exit 3"] },
    }, {
      stdin: new Blob([input]).stream(),
      stdout: (bytes) => stdout += new TextDecoder().decode(bytes),
      stderr: () => {},
    });
    assert.deepEqual([code, stdout.length], [3, input.length]);
    const bad = { path: { ...hello, name: "NOT A NAME" }, query: { instance: "x", argv: ["x"] } };
    const streams = { stdin: new Blob([]).stream(), stdout: () => {}, stderr: () => {} };
    await rejectsWith("API_BAD_REQUEST", () => client.exec(bad, streams));
  }, { exec: (_ref, _instance, argv) => Promise.resolve(command(argv)) });
});

Deno.test("TlsServer.renew() shows the new certificate to who comes next", async () => {
  await withServer(async ({ server, authority, connect }) => {
    server.renew(await credentialsOf(authority, { role: "host", name: "beta" }));
    const client = await connect({ serverName: hostServerName(cluster, "beta") });
    assert.equal((await client.call("status", {})).host, "alpha");
  });
});

Deno.test("TlsServer.recheck() ends what is open of those who are good no longer, and nobody else's", async () => {
  const follow = async function* (_ref: unknown, _generation: number, signal: AbortSignal) {
    yield { at: "now", kind: "step" as const, message: "one", done: 0, total: 2 };
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  await withServer(async ({ connect, server, authority }) => {
    const laptop = await credentialsOf(authority, { role: "admin", name: "laptop" });
    const ends: string[] = [];
    const watch = async (name: string, client: Client) => {
      const stream = client.stream("follow", { path: hello, query: { generation: 1 } });
      assert.equal((await stream.next()).done, false);
      void stream.next().then(() => ends.push(name), () => ends.push(name));
    };
    await watch("root", await connect());
    await watch("laptop", await connect({ credentials: laptop }));
    server.recheck(({ certificate }) => certificate?.name !== "laptop");
    await eventually(() => ends.length > 0);
    assert.equal((await (await connect()).call("status", {})).host, "alpha");
    assert.deepEqual(ends, ["laptop"]);
  }, { follow });
});

Deno.test("readServerAuthority() tells the authority of whoever answers", async () => {
  await withServer(async ({ server, authority }) => {
    const shown = await readServerAuthority(server.local, { serverName, timeoutMs: 30_000 });
    assert.equal(await fingerprintOf(shown), authority.facts.fingerprint);
  });
  await assert.rejects(
    readServerAuthority({ host: "127.0.0.1", port: 1 }, { serverName, timeoutMs: 30_000 }),
  );
});

Deno.test("serveByTls() serves on while strangers hold connections, speak no TLS or break off", async () => {
  await withServer(async ({ server, connect }) => {
    const strangers: Deno.TcpConn[] = [];
    for (let count = 0; count < 20; count++) {
      const each = await Deno.connect({ hostname: "127.0.0.1", port: server.local.port });
      strangers.push(each);
      if (count % 2) await each.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    }
    assert.equal((await (await connect()).call("status", {})).host, "alpha");
    for (const each of strangers) each.close();
    assert.equal((await (await connect()).call("status", {})).host, "alpha");
  });
});

function progress(message: string) {
  return { at: "2026-01-02T03:04:05.000Z", kind: "step", message, done: 0, total: 1 } as const;
}

async function rejectsWith(code: string, action: () => Promise<unknown>): Promise<void> {
  await assert.rejects(action, (error) => {
    const problem = error instanceof ProblemsError
      ? error.problems[0]
      : error instanceof ProblemError
      ? error.problem
      : undefined;
    assert.equal(problem?.code, code, String(error));
    return true;
  });
}

Deno.test("serveByTls() goes on whatever requests strangers send", async () => {
  await withServer(async ({ server, authority, connect }) => {
    const heads = [
      "GET // HTTP/1.1",
      "GET http://[ HTTP/1.1",
      "TRACE /v1/status HTTP/1.1",
      "OPTIONS * HTTP/1.1",
      "CONNECT alpha:1 HTTP/1.1",
      "GET // HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket",
      // A body that never comes, to an address that reads it and to one that does not.
      "POST /v1/join HTTP/1.1\r\ncontent-length: 1000",
      "POST /v1/token HTTP/1.1\r\ncontent-length: 1000",
      "POST /v1/join HTTP/1.1\r\ntransfer-encoding: chunked",
    ];
    for (const head of heads) {
      const socket = tls.connect({
        ...server.local,
        servername: serverName,
        ca: [authority.certificate],
      });
      socket.end(`${head}\r\nhost: alpha\r\n\r\n`);
      socket.resume();
      await new Promise((resolve) => socket.once("close", resolve).on("error", resolve));
      socket.destroy();
    }
    assert.equal((await (await connect()).call("status", {})).host, "alpha");
  });
});

Deno.test("serveByTls() hears others while one address holds all places of strangers", async () => {
  await withServer(async ({ server, connect }) => {
    const { host, port } = server.local;
    const held = await Promise.all(Array.from({ length: 64 }, () => silentConnection(host, port)));
    try {
      // The connections of one address arrive in no order that we know: each of the others gets its place.
      const others = await Promise.all(
        ["127.0.0.2", "127.0.0.3"].map((localAddress) => certificateShownTo(port, localAddress)),
      );
      assert.deepEqual(others, ["alpha", "alpha"]);
      assert.equal(await Promise.race(held.map((each) => each.closed)), "closed");
    } finally {
      for (const { socket } of held) socket.destroy();
    }
    assert.equal((await (await connect()).call("status", {})).host, "alpha");
  });
});

/** Connects and says nothing. */
function silentConnection(host: string, port: number) {
  const socket = net.connect({ host, port });
  socket.on("error", () => {});
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve("closed")));
  return new Promise<{ socket: net.Socket; closed: Promise<string> }>((resolve) =>
    socket.once("connect", () => resolve({ socket, closed }))
  );
}

/** Returns whose certificate a stranger at that address is shown; rejects where nobody listens to it. */
function certificateShownTo(port: number, localAddress: string): Promise<string> {
  const plain = net.connect({ host: "127.0.0.1", port, localAddress });
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: plain,
      servername: serverName,
      rejectUnauthorized: false,
    });
    socket.once("secureConnect", () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("close", () => reject(new Error(`Nobody listens to ${localAddress}`)));
    socket.on("error", reject);
    plain.on("error", reject);
  });
}
