/** Both ways to open a UDP socket, on loopback. */
import assert from "node:assert/strict";
import { openByDeno, openByNode } from "../../core/platform/datagrams.ts";
import type { Endpoint } from "../../core/ports/mod.ts";
import { eventually } from "../support/eventually.ts";
import { testWith } from "../support/needs.ts";

/** The longest payload that UDP carries over IPv4. */
const payloadBytesMax = 65_507;

for (const [name, open] of [["openByDeno", openByDeno], ["openByNode", openByNode]] as const) {
  for (const host of ["127.0.0.1", "::1"]) {
    testWith(
      host === "::1" ? ["ipv6"] : [],
      `${name}() carries datagrams of any length over ${host}, from the port it listens on`,
      async () => {
        const heard: { from: Endpoint; bytes: Uint8Array }[] = [];
        const one = await open({ host, port: 0 }, () => {});
        const other = await open({ host, port: 0 }, (from, bytes) => heard.push({ from, bytes }));
        const [here, there] = [{ host, port: one.port }, { host, port: other.port }];
        try {
          for (const bytes of [0, 1, 1_400, payloadBytesMax]) {
            const payload = new Uint8Array(bytes).fill(bytes);
            await eventually(() => {
              one.send(there, payload); // again until it arrives: a busy machine drops datagrams
              return heard.some((each) => each.bytes.length === bytes);
            });
            const found = heard.find((each) => each.bytes.length === bytes);
            assert.deepEqual(found, { from: here, bytes: payload });
          }
        } finally {
          await Promise.all([one.close(), other.close()]);
        }
      },
    );
  }

  Deno.test(`${name}() rejects where the port is taken, and loses what cannot be sent`, async () => {
    const host = "127.0.0.1";
    const socket = await open({ host, port: 0 }, () => {});
    const at = { host, port: socket.port };
    try {
      await assert.rejects(open(at, () => {}));
      socket.send({ host, port: 1 }, new Uint8Array(1));
      socket.send(at, new Uint8Array(payloadBytesMax + 1));
    } finally {
      await socket.close();
    }
  });
}
