import assert from "node:assert/strict";
import { FileError } from "../../ports/mod.ts";
import { Listeners, parseListeners, parseSockets } from "./listeners.ts";

Deno.test("parseListeners() reads what ss prints", () => {
  const text = [
    `udp   UNCONN 0 0      127.0.0.53%lo:53   0.0.0.0:* users:(("resolved",pid=7,fd=12)) uid:101 ino:11 sk:1 cgroup:/ <->`,
    `tcp   LISTEN 0 128          0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=812,fd=6),("nginx",pid=813,fd=6)) ino:12 sk:2`,
    `LISTEN 0 128 0.0.0.0:22 0.0.0.0:*`,
    "",
  ].join("\n");
  assert.deepEqual(parseListeners(text), [
    { key: "udp/53", holder: "resolved (pid 7)", inode: "11" },
    { key: "tcp/8080", holder: "nginx (pid 812)", inode: "12" },
    { key: "tcp/22", holder: "a process of another user" },
  ]);
});

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

function socketLine(address: string, state: string, inode: string): string {
  return `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0`;
}

Deno.test("parseSockets() reads what listens in a table of the kernel, of both versions of the protocol", () => {
  const text = [
    head,
    socketLine("0100007F:1F90", "0A", "12"),
    socketLine("0100007F:1F90", "01", "13"),
    socketLine("00000000000000000000000000000000:0016", "0A", "14"),
    "",
  ].join("\n");
  assert.deepEqual(parseSockets(text, { protocol: "tcp", listening: "0A" }), [
    { key: "tcp/8080", inode: "12" },
    { key: "tcp/22", inode: "14" },
  ]);
});

/** A host whose tables and `ss` can be changed, and which counts how often `ss` was asked. */
class Host {
  sockets: readonly string[] | undefined = [];
  told = "";
  asked = 0;
  readonly listeners = new Listeners(
    {
      readText: (path) =>
        this.sockets !== undefined && path === "/proc/net/tcp"
          ? Promise.resolve([head, ...this.sockets].join("\n"))
          : Promise.reject(new FileError("ENOENT", "readText", path)),
    },
    {
      run: () => {
        this.asked++;
        return Promise.resolve({ exit: 0, stdout: this.told, stderr: "", truncated: false });
      },
    },
  );
}

const nginx = `tcp LISTEN 0 128 0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=812,fd=6)) ino:12 sk:2`;
const sshd = `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:14 sk:2`;

Deno.test("find() asks who holds a socket once", async () => {
  const host = new Host();
  host.sockets = [socketLine("00000000:1F90", "0A", "12"), socketLine("00000000:0016", "0A", "14")];
  host.told = `${nginx}\n${sshd}`;
  const expected = [
    { key: "tcp/8080", holder: "nginx (pid 812)" },
    { key: "tcp/22", holder: "a process of another user" },
  ];
  assert.deepEqual(await host.listeners.find(new Set()), expected);
  assert.deepEqual(await host.listeners.find(new Set()), expected);
  assert.equal(host.asked, 1);
  host.sockets = [host.sockets[0]];
  assert.deepEqual(await host.listeners.find(new Set()), [expected[0]]);
  assert.equal(host.asked, 1, "one that has gone is nothing new");
});

Deno.test("find() asks again where there is another socket, also of the same port", async () => {
  const host = new Host();
  host.sockets = [socketLine("00000000:1F90", "0A", "12")];
  host.told = nginx;
  await host.listeners.find(new Set());
  host.sockets = [socketLine("00000000:1F90", "0A", "99")];
  host.told = nginx.replace("nginx", "caddy").replace("ino:12", "ino:99");
  assert.deepEqual(await host.listeners.find(new Set()), [
    { key: "tcp/8080", holder: "caddy (pid 812)" },
  ]);
  assert.equal(host.asked, 2);
});

Deno.test("find() does not ask who holds what is left out", async () => {
  const host = new Host();
  host.sockets = [socketLine("00000000:1F90", "0A", "12")];
  host.told = nginx;
  assert.deepEqual(await host.listeners.find(new Set(["tcp/8080"])), []);
  assert.equal(host.asked, 0);
});

Deno.test("find() believes ss alone on a host without the kernel's tables", async () => {
  const host = new Host();
  host.sockets = undefined;
  host.told = nginx;
  const found = [{ key: "tcp/8080", holder: "nginx (pid 812)" }];
  assert.deepEqual(await host.listeners.find(new Set()), found);
  assert.deepEqual(await host.listeners.find(new Set()), found);
  assert.equal(host.asked, 2);
});
