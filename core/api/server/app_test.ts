import assert from "node:assert/strict";
import { fail, problem } from "../../base/mod.ts";
import { fakeAgent, serveInMemory } from "../../../tests/support/fake_agent.ts";
import {
  Client,
  type OperationName,
  operations,
  type OperationShape,
  ProblemsError,
} from "../mod.ts";
import { contract } from "./contract.ts";

const hello = { namespace: "default", name: "hello" };
const joining = {
  token: "ab12cd34",
  secret: "word",
  host: "beta",
  cluster: "0123",
  proof: "00",
  nowMs: 1,
};
const planning = {
  ref: { namespace: "default", service: "hello" },
  clout: {},
  instances: [],
  plugins: {},
  template: { namespace: "default", kind: "template", name: "hello", digest: "sha256:00" },
  artifacts: {},
};

Deno.test("ApiServer answers every operation in the form of its schema", async () => {
  const caller = { role: "host", name: "beta", from: "10.0.0.2" } as const;
  const client = new Client(serveInMemory(fakeAgent(), { caller }));
  const inputs: Partial<Record<OperationName, unknown>> = {
    why: { path: hello },
    service: { path: hello },
    outputs: { path: hello },
    deploy: { path: hello, body: { inputs: { port: "1" } } },
    delete: { path: hello, query: {} },
    plan: { path: hello, body: {} },
    script: { path: hello, body: {} },
    history: { path: hello },
    rollback: { path: hello, body: { to: 1 } },
    restart: { path: hello, body: {} },
    host: { path: { host: "alpha" } },
    changeHost: { path: { host: "alpha" }, body: { labels: { zone: null }, drained: true } },
    loseHost: { path: { host: "alpha" } },
    removeHost: { path: { host: "alpha" } },
    packages: { path: { kind: "plugin" }, query: {} },
    package: { path: { kind: "plugin", namespace: "common", name: "one" } },
    register: { path: { kind: "template", namespace: "default" }, body: { upload: { files: {} } } },
    removePackage: { path: { kind: "template", namespace: "default", name: "one" } },
    join: { body: joining },
    createToken: { body: { ttlMs: 60_000, isSingleUse: true } },
    revokeToken: { path: { id: "ab12cd34" } },
    createContext: { body: { request: "PEM" } },
    revokeContext: { path: { name: "laptop" } },
    setSecret: { path: hello, body: { base64: btoa("secret") } },
    revealSecret: { path: hello },
    removeSecret: { path: hello },
    hostPlan: { body: planning },
    offerRing: { body: { ring: "{}" } },
  };
  for (const [name, shape] of Object.entries(operations)) {
    if (shape.kind !== "answer" || name === "leave") continue;
    const input = inputs[name as OperationName] ?? { query: {} };
    const answer = await client.call(name as "status", input as never);
    contract[name as OperationName].answer.parse(answer);
  }
});

Deno.test("ApiServer hands the use cases what was asked", async () => {
  const agent = fakeAgent();
  const client = new Client(serveInMemory(agent));
  await client.call("deploy", { path: hello, body: { inputs: { a: 1 } } });
  await client.call("delete", { path: hello, query: { forget: ["beta"] } });
  await client.call("events", { query: { namespace: "default", service: "hello", limit: 5 } });
  const ref = { namespace: "default", service: "hello" };
  assert.deepEqual(agent.calls, [
    ["deploy", { ref, inputs: { a: 1 } }],
    ["delete", ref, { forget: ["beta"] }],
    ["events", { ref, limit: 5 }],
  ]);
});

Deno.test("ApiServer refuses with the status of the problem's kind, and its problems", async () => {
  const connection = serveInMemory(fakeAgent({
    service: () => fail("STATE_CONFLICT", { what: "Somebody else wrote" }),
    status: () => Promise.reject(new Error("boom")),
    deploy: () =>
      Promise.resolve({
        generation: 0,
        changed: false,
        problems: [problem("TOSCA_PROPERTY_MISSING", { what: "No port" })],
      }),
  }));
  const check = async (
    method: string,
    address: string,
    status: number,
    code: string,
    body?: string,
  ) => {
    const response = await connection.fetch(address, { method, body });
    const { problems } = await response.json();
    assert.deepEqual([response.status, problems[0].code], [status, code]);
  };
  await check("GET", "/v1/service/default/hello", 409, "STATE_CONFLICT");
  await check("GET", "/v1/status", 500, "BASE_INTERNAL");
  await check("PUT", "/v1/service/default/hello", 422, "TOSCA_PROPERTY_MISSING", "{}");
  await check("PUT", "/v1/service/default/hello", 400, "API_BAD_REQUEST", "{");
  await check("PUT", "/v1/service/default/hello", 400, "API_BAD_REQUEST", `{"inptus": {}}`);
  await check("GET", "/v1/service/Default/hello", 400, "API_BAD_REQUEST");
  await check("GET", "/v1/event?limit=many", 400, "API_BAD_REQUEST");
  await check("GET", "/v1/service/default/hello/exec?instance=a&argv=b", 400, "API_BAD_REQUEST");
  await check("GET", "/v2/nothing", 404, "API_NOT_FOUND");
});

Deno.test("ApiServer bounds what a body may hold", async () => {
  const connection = serveInMemory(fakeAgent(), { bodyBytesMax: 10 });
  const response = await connection.fetch("/v1/service/default/hello", {
    method: "PUT",
    body: `{"inputs": {}}`,
  });
  assert.equal(response.status, 413);
  assert.equal((await response.json()).problems[0].code, "API_BODY_TOO_LARGE");
});

Deno.test("Client.stream() yields events until their end", async () => {
  const client = new Client(serveInMemory(fakeAgent()));
  const kinds: string[] = [];
  for await (const each of client.stream("follow", { path: hello, query: { generation: 2 } })) {
    kinds.push(each.kind);
  }
  assert.deepEqual(kinds, ["step", "settled"]);
});

Deno.test("Client.stream() throws the problem that ended the events", async () => {
  const client = new Client(serveInMemory(fakeAgent({
    // deno-lint-ignore require-yield
    async *follow() {
      fail("STATE_CONFLICT", { what: "Somebody else wrote" });
    },
  })));
  await assert.rejects(async () => {
    for await (const _ of client.stream("follow", { path: hello, query: { generation: 2 } }));
  }, (error) => error instanceof ProblemsError && error.problems[0].code === "STATE_CONFLICT");
});

Deno.test("Client.stream() yields the lines of logs", async () => {
  const client = new Client(serveInMemory(fakeAgent()));
  const lines = [];
  for await (const line of client.stream("logs", { path: hello, query: {} })) lines.push(line);
  assert.deepEqual(lines.map((line) => `${line.instance} ${line.text}`), [
    "web-0 one",
    "web-0 two",
  ]);
});

Deno.test("ApiServer ends a watch when the client leaves, and all when it closes", async () => {
  const agent = fakeAgent();
  const connection = serveInMemory(agent);
  const client = new Client(connection);
  const left = client.stream("watchEvents", { query: {} });
  assert.equal((await left.next()).value?.id, "b-1");
  await left.return(undefined);
  const cut = client.stream("watchEvents", { query: {} });
  await cut.next();
  connection.server.close();
  assert.equal((await cut.next()).done, true);
  assert.deepEqual(agent.calls.map(([name]) => name), [
    "watchEvents",
    "watchEvents ended",
    "watchEvents",
    "watchEvents ended",
  ]);
});

Deno.test("ApiServer answers strangers nothing but a join, whatever they ask, and writes that down", async () => {
  const agent = fakeAgent();
  const stranger = { role: "none", name: "", from: "10.0.0.9" } as const;
  const connection = serveInMemory(agent, { caller: stranger });
  for (const [name, { method, path, access }] of Object.entries<OperationShape>(operations)) {
    const address = path.replaceAll(/\{kind\}/g, "plugin").replaceAll(/\{\w+\}/g, "one");
    const body = method === "GET" ? undefined : JSON.stringify(joining);
    const response = await connection.fetch(address, { method, body });
    assert.equal(response.status, access === "anyone" ? 200 : 403, name);
  }
  for (const address of ["/v1/openapi.json", "/", "/nothing", "/v1/join/../status"]) {
    assert.equal((await connection.fetch(address, {})).status, 403, address);
  }
  assert.deepEqual(agent.calls, []);
  const audited = await agent.trust.audited(1_000);
  const refused = audited.filter(({ outcome }) => outcome === "refused");
  const { length } = Object.values<OperationShape>(operations)
    .filter(({ access }) => access !== "anyone");
  assert.equal(refused.length, length + 4);
  assert(
    refused.every(({ who, from, code }) =>
      who === "nobody" && from === "10.0.0.9" && code === "TRUST_CERTIFICATE_MISSING"
    ),
  );
});

Deno.test("ApiServer reads no large body of a stranger", async () => {
  const stranger = { role: "none", name: "", from: "10.0.0.9" } as const;
  const connection = serveInMemory(fakeAgent(), { caller: stranger });
  const body = JSON.stringify({ ...joining, secret: "x".repeat(20_000) });
  assert.equal((await connection.fetch("/v1/join", { method: "POST", body })).status, 413);
});

Deno.test("ApiServer lets a host leave by its own socket alone", async () => {
  const far = { role: "admin", name: "root", from: "10.0.0.3" } as const;
  const client = new Client(serveInMemory(fakeAgent(), { caller: far }));
  await rejectsWithCode("TRUST_ROLE_REFUSED", client.call("leave", {}));
  assert.equal(await new Client(serveInMemory(fakeAgent())).call("leave", {}), null);
});

Deno.test("ApiServer keeps what agents ask of each other from administrators", async () => {
  const admin = { role: "admin", name: "root", from: "10.0.0.3" } as const;
  const agent = fakeAgent();
  const client = new Client(serveInMemory(agent, { caller: admin }));
  await rejectsWithCode("TRUST_ROLE_REFUSED", client.call("ring", {}));
  const [entry] = await agent.trust.audited(10);
  assert.deepEqual([entry.who, entry.what, entry.outcome], ["admin:root", "ring", "refused"]);
});

Deno.test("ApiServer writes who changed what and how it ended, and nothing of who only looked", async () => {
  const admin = { role: "admin", name: "root", from: "10.0.0.3" } as const;
  const agent = fakeAgent({
    removeHost: () => fail("STATE_CONFLICT", { what: "Somebody else wrote" }),
  });
  const client = new Client(serveInMemory(agent, { caller: admin }));
  await client.call("services", { query: {} });
  await client.call("plan", { path: hello, body: {} });
  await client.call("deploy", { path: hello, body: {} });
  await rejectsWithCode("STATE_CONFLICT", client.call("removeHost", { path: { host: "beta" } }));
  const audited = await agent.trust.audited(10);
  assert.deepEqual(audited.map(({ at: _at, host: _host, ...entry }) => entry), [
    {
      who: "admin:root",
      from: "10.0.0.3",
      what: "deploy",
      subject: "service/default/hello",
      outcome: "done",
    },
    {
      who: "admin:root",
      from: "10.0.0.3",
      what: "removeHost",
      subject: "host/beta",
      outcome: "failed",
      code: "STATE_CONFLICT",
    },
  ]);
});

async function rejectsWithCode(code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.equal((error as ProblemsError).problems[0].code, code);
    return true;
  });
}
