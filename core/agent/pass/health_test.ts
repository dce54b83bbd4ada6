/** A test for each property of a HealthCheck: it fails where the property is ignored. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../base/mod.ts";
import { jsonToClout } from "../../clout/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import { item, relation } from "../../../tests/support/plugin_requests.ts";
import { readHealthChecks, runCheck } from "./health.ts";

function checkOf(properties: JsonObject) {
  const clout = jsonToClout({
    format: 1,
    policies: [{
      name: "well",
      types: ["org.khutulun:1.0::HealthCheck"],
      properties,
      targets: ["web"],
    }],
    vertexes: [],
  });
  return readHealthChecks(clout).get("web")!;
}

/** An instance with two ports on its host. */
const web: Item = item({
  id: "web-0",
  relations: ["http", "admin"].map((name, index) =>
    relation({
      requirement: "port",
      index,
      other: { id: `${name}-0`, attributes: { port: 20_000 + index } },
    })
  ),
});

/** Runs a check, and returns what was asked of the world. */
async function asked(properties: JsonObject, ok = true): Promise<string> {
  let what = "";
  const say = (text: string) => {
    what = text;
    return Promise.resolve({ ok, detail: "so it is" });
  };
  const result = await runCheck(checkOf(properties), web, {
    probes: {
      tcp: (address, port, timeoutMs) => say(`tcp ${address}:${port} in ${timeoutMs} ms`),
      http: (url, timeoutMs) => say(`http ${url} in ${timeoutMs} ms`),
    },
    processes: {
      run: ({ argv, timeoutMs }: { argv: readonly string[]; timeoutMs: number }) => {
        what = `run ${argv.join(" ")} in ${timeoutMs} ms`;
        return Promise.resolve({ exit: ok ? 0 : 3, stdout: "", stderr: "no such table" });
      },
    } as unknown as Parameters<typeof runCheck>[2]["processes"],
  });
  assert.equal(result.ok, ok, result.detail);
  return ok ? what : result.detail;
}

Deno.test("runCheck() looks where its properties say: command, url, path, or a port", async () => {
  assert.equal(await asked({}), "tcp 10.0.0.1:20000 in 2000 ms");
  assert.equal(await asked({ port: "admin" }), "tcp 10.0.0.1:20001 in 2000 ms");
  assert.equal(await asked({ port: "20001" }), "tcp 10.0.0.1:20001 in 2000 ms");
  assert.equal(await asked({ port: "8080" }), "tcp 127.0.0.1:8080 in 2000 ms");
  assert.equal(await asked({ path: "/well" }), "http http://10.0.0.1:20000/well in 2000 ms");
  assert.equal(
    await asked({ path: "/well", port: "admin", timeout: "500 ms" }),
    "http http://10.0.0.1:20001/well in 500 ms",
  );
  assert.equal(await asked({ url: "http://x/y" }), "http http://x/y in 2000 ms");
  assert.equal(
    await asked({ command: ["test", "-e", "/well"], timeout: "3 s" }),
    "run test -e /well in 3000 ms",
  );
});

Deno.test("runCheck() says what it saw where it is not well", async () => {
  assert.equal(await asked({}, false), "10.0.0.1:20000: so it is");
  assert.match(await asked({ command: ["false"] }, false), /no such table/);
});

Deno.test("runCheck() says that it names no port that the instance has", async () => {
  const { ok, detail } = await runCheck(checkOf({ port: "other" }), web, {
    probes: {} as never,
    processes: {} as never,
  });
  assert.deepEqual([ok, detail], [false, "it names no port that the instance has"]);
});

Deno.test("readHealthChecks() reads how often, and how long the first time may take", () => {
  const { intervalMs, timeoutMs, startMs } = checkOf({});
  assert.deepEqual([intervalMs, timeoutMs, startMs], [10_000, 2_000, 60_000]);
  const other = checkOf({ interval: "1 s", timeout: "2 m", start: "90 s" });
  assert.deepEqual([other.intervalMs, other.timeoutMs, other.startMs], [1_000, 120_000, 90_000]);
});
