import assert from "node:assert/strict";
import { parseListeners } from "./inventory.ts";

Deno.test("parseListeners() reads what ss prints, each socket once", () => {
  const text = [
    `udp   UNCONN 0 0      127.0.0.53%lo:53   0.0.0.0:* users:(("resolved",pid=7,fd=12))`,
    `tcp   LISTEN 0 128          0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=812,fd=6),("nginx",pid=813,fd=6))`,
    `tcp   LISTEN 0 128             [::]:8080    [::]:*`,
    `LISTEN 0 128 0.0.0.0:22 0.0.0.0:*`,
    "",
  ].join("\n");
  assert.deepEqual(parseListeners(text), [
    { key: "udp/53", holder: "resolved (pid 7)" },
    { key: "tcp/8080", holder: "nginx (pid 812)" },
    { key: "tcp/22", holder: "a process of another user" },
  ]);
});
