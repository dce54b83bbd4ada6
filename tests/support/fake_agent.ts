/** An agent that answers from values, for the tests of `api/` and `cli/`: it records what it was asked. */
import type { Connection } from "../../core/api/mod.ts";
import { ApiServer, type Caller } from "../../core/api/server/mod.ts";
import type {
  AuditEntry,
  KeysView,
  TokenView,
  TrustUseCases,
  UseCases,
} from "../../core/agent/mod.ts";
import { fail, problem } from "../../core/base/mod.ts";
import type { AttachedProcess, Logger } from "../../core/ports/mod.ts";

const ref = { namespace: "default", service: "hello" };
const at = "2026-01-02T03:04:05.000Z";

/** A host plan with one step of each kind. */
export const plan: Awaited<ReturnType<UseCases["plan"]>> = {
  service: {
    ref,
    baseGeneration: 0,
    instances: [{
      id: "web-0",
      vertex: "web",
      index: 0,
      host: "alpha",
      epoch: 1,
      want: "running",
      revision: 1,
      plugin: "process",
      pluginDigest: "sha256:00",
      claims: [{ kind: "tcp", key: "20000", name: "port" }],
    }],
    changes: [
      { id: "port-0", change: "unchanged", host: "alpha", reasons: [] },
      { id: "web-0", change: "create", host: "alpha", reasons: ["it is new"] },
    ],
    problems: [],
  },
  hosts: [{
    host: "alpha",
    ref,
    steps: [
      {
        key: "write:web",
        item: "web-0",
        why: "write the unit of web-0",
        needs: [],
        owns: ["file:/units/web.service"],
        timeoutMs: 1_000,
        do: { write: { path: "/units/web.service", mode: "0644", text: "[Service]\nA=b\n" } },
      },
      {
        key: "start:web",
        item: "web-0",
        why: "start web-0",
        needs: ["write:web"],
        owns: [],
        gate: "start",
        timeoutMs: 1_000,
        do: { exec: { argv: ["systemctl", "start", "web one.service"], env: { A: "b c" } } },
      },
    ],
    waits: [{ item: "web-0", gate: "start", for: ["db-0"] }],
    later: [{ item: "client-0", why: "waits for the address of web-0" }],
    problems: [],
  }],
  problems: [],
  saved: { ref, baseGeneration: 0, request: { ref }, digest: "sha256:aa" },
};

/** Makes a fake; what `overrides` has wins. `calls` lists what was asked, in order. */
export function fakeAgent(
  overrides: Partial<UseCases> = {},
): UseCases & { readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  const service = {
    ref,
    template: "hello@sha256:1234567890ab",
    generation: 2,
    phase: "ready",
    ready: 1,
    wanted: 1,
    changed: at,
  };
  const instance = {
    ref,
    id: "web-0",
    type: "Process",
    host: "alpha",
    want: "running",
    phase: "ready",
    since: at,
    plugin: "process",
    claims: ["tcp/20000"],
    owned: ["unit:khutulun.hello.web-0.service"],
    attributes: { pid: 42 },
  };
  const event = {
    id: "b-1",
    at,
    host: "alpha",
    namespace: "default",
    service: "hello",
    item: "web-0",
    type: "ready",
    message: "web-0 is ready",
  };
  const host: Awaited<ReturnType<UseCases["hosts"]>>[number] = {
    id: "h1",
    name: "alpha",
    gossip: "",
    api: "",
    address: "127.0.0.1",
    mode: "user",
    systemd: "none",
    version: "0.1.0",
    formats: [1],
    boot: "b",
    facts: {},
    liveness: "alive",
    instances: 1,
    claims: [{ claim: "tcp/20000", holder: "hello/web-0" }],
    labels: { zone: "a" },
    cordoned: false,
    drained: false,
  };
  const answers: UseCases = {
    status: () =>
      Promise.resolve({
        version: "0.1.0",
        host: "alpha",
        cluster: { id: "c1", name: "test", mode: "user" },
        state: "/state",
        systemd: "none",
        plugins: [],
      }),
    plan: () => Promise.resolve(plan),
    deploy: () => Promise.resolve({ generation: 2, changed: true, plan, problems: [] }),
    delete: () => Promise.resolve({ generation: 3, changed: true, problems: [] }),
    history: () =>
      Promise.resolve([
        {
          generation: 1,
          at,
          by: "root",
          template: { name: "hello", digest: "sha256:0123456789abcdef" },
          inputs: { greeting: "hi" },
          changes: [],
          isCurrent: false,
        },
        {
          generation: 2,
          at,
          by: "root",
          template: { name: "hello", digest: "sha256:0123456789abcdef" },
          inputs: { greeting: "hello" },
          changes: ['input greeting: "hi" → "hello"'],
          isCurrent: true,
        },
      ]),
    rollback: (_ref, { dryRun = false }) =>
      Promise.resolve({ generation: 3, changed: !dryRun, plan, problems: [] }),
    restart: () => Promise.resolve({ generation: 3, changed: true, problems: [] }),
    async *follow() {
      yield { at, kind: "step", item: "web-0", message: "start web-0", done: 1, total: 2 };
      yield { at, kind: "settled", message: "every instance is ready", done: 2, total: 2 };
    },
    script: () => Promise.resolve({ script: "#!/bin/sh\ntrue\n" }),
    services: () => Promise.resolve([service]),
    service: () =>
      Promise.resolve({
        ...service,
        inputs: {},
        outputs: { url: "http://127.0.0.1:20000/" },
        instances: [instance],
        connections: [],
        history: [{ generation: 2, at, by: "root" }],
        problems: [],
      }),
    outputs: (which) =>
      which.service === "hello"
        ? Promise.resolve({ url: "http://127.0.0.1:20000/", ports: [1, 2] })
        : fail("API_NOT_FOUND", { what: `There is no service "${which.service}"` }),
    why: () =>
      Promise.resolve({ subject: "web-0", phase: "ready", lines: ["it runs"], events: [event] }),
    instances: () => Promise.resolve([instance]),
    connections: () =>
      Promise.resolve([{
        ref,
        id: "client-0.server.0",
        type: "Connection",
        source: "client-0",
        target: "web-0",
        phase: "ready",
        attributes: { port: 20_000 },
      }]),
    hosts: () => Promise.resolve([host]),
    host: () => Promise.resolve({ ...host, placed: [instance] }),
    changeHost: (_host, { drained = false, cordoned = drained }) =>
      Promise.resolve({
        changed: true,
        host: { ...host, drained, cordoned },
        services: drained ? [{ ref, generation: 3, changed: true, problems: [] }] : [],
      }),
    loseHost: () =>
      Promise.resolve({
        changed: true,
        host: { ...host, cordoned: true, lost: true },
        services: [{ ref, generation: 3, changed: true, problems: [] }],
      }),
    removeHost: () => Promise.resolve(),
    cluster: () =>
      Promise.resolve({
        id: "c1",
        name: "test",
        mode: "user",
        created: at,
        phase: "ready",
        hosts: [host],
        services: [service],
        notes: [],
      }),
    namespaces: () =>
      Promise.resolve([{ name: "default", services: 1, templates: 0, profiles: 0, plugins: 0 }]),
    events: () => Promise.resolve([event]),
    async *watchEvents(_filter, signal) {
      yield event;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      calls.push(["watchEvents ended"]);
    },
    logs: () => Promise.resolve([{ instance: "web-0", argv: ["log"], env: {} }]),
    exec: (_ref, instance, argv) => Promise.resolve({ instance, argv, env: {} }),
    register: (kind, _upload, where) =>
      Promise.resolve({
        package: {
          namespace: where.namespace,
          kind,
          name: where.name ?? "found",
          digest: "sha256:ab",
        },
        changed: true,
        problems: [],
      }),
    packages: (kind) =>
      Promise.resolve([{
        namespace: "common",
        kind,
        name: "one",
        digest: "sha256:0123456789abcdef",
        registered: at,
        usedBy: [],
      }]),
    package: (kind, name, namespace) =>
      Promise.resolve({
        namespace,
        kind,
        name,
        digest: "sha256:0123456789abcdef",
        registered: at,
        usedBy: ["hello"],
        files: [{ path: "a.yaml", sizeBytes: 3 }],
        facts: {},
      }),
    removePackage: () => Promise.resolve(),
    doctor: () => Promise.resolve([{ check: "state", status: "ok", message: "links are atomic" }]),
    trust: fakeTrust(),
    ...overrides,
  };
  const recorded = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) =>
      typeof answer !== "function" ? [name, answer] : [name, (...args: unknown[]) => {
        calls.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal))]);
        return (answer as (...args: unknown[]) => unknown)(...args);
      }]
    ),
  ) as unknown as UseCases;
  return Object.assign(recorded, { calls });
}

/** Answers for who may speak; `audited` gives what was written to the log. */
export function fakeTrust(): TrustUseCases {
  const entries: AuditEntry[] = [];
  const token: TokenView = {
    id: "ab12cd34",
    state: "usable",
    created: at,
    expires: at,
    isSingleUse: true,
    by: "admin:local",
    uses: [],
  };
  const keys: KeysView = {
    rotation: "none",
    keys: [{ id: "0123456789ab", isPrimary: true }],
    revoked: [],
    hosts: [{ host: "alpha", generation: 1 }, { host: "beta", why: "No answer" }],
  };
  const secret = {
    namespace: "default",
    name: "db",
    generation: 1,
    at,
    by: "admin:local",
    hosts: ["alpha"],
  };
  return {
    join: ({ host }) =>
      Promise.resolve({ authorityCertificate: "", authorityKey: "", ring: "", by: host }),
    leave: () => Promise.resolve(),
    createToken: () => Promise.resolve({ token: "kht1_word", view: token }),
    tokens: () => Promise.resolve([token]),
    revokeToken: () => Promise.resolve({ ...token, state: "revoked" }),
    keys: () => Promise.resolve(keys),
    rotateKeys: () => Promise.resolve(keys),
    revokeContext: (name) =>
      Promise.resolve({
        ...keys,
        revoked: [{ role: "admin", name, before: "2026-01-01T00:00:00.000Z" }],
      }),
    createContext: () =>
      Promise.resolve({
        certificate: "certificate",
        authority: "authority",
        cluster: { id: "0123", name: "home" },
        endpoints: ["10.0.0.1:7947"],
      }),
    setSecret: () => Promise.resolve(secret),
    secrets: () => Promise.resolve([secret]),
    revealSecret: () => Promise.resolve({ base64: btoa("correct horse") }),
    removeSecret: () => Promise.resolve(),
    audit: (entry) => Promise.resolve(void entries.push({ at, host: "alpha", ...entry })),
    audited: (limit) => Promise.resolve(entries.slice(-limit)),
  };
}

/** A process that says `lines` and what it is told, then ends with `exit`. */
export function fakeProcess(lines: string, exit = 0): AttachedProcess {
  const stdin = new TransformStream<Uint8Array, Uint8Array>();
  const killed = Promise.withResolvers<number>();
  const encode = (text: string) => new TextEncoder().encode(text);
  const stdout = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(encode(lines));
      if (exit === 0) controller.close();
      else {
        for await (const bytes of stdin.readable) controller.enqueue(bytes);
        controller.close();
        killed.resolve(exit);
      }
    },
  });
  if (exit === 0) killed.resolve(0);
  return {
    stdin: stdin.writable,
    stdout,
    stderr: new ReadableStream({ start: (controller) => controller.close() }),
    exit: killed.promise,
    kill: () => killed.resolve(143),
  };
}

export const silent: Logger = { log() {} };

/** Serves a fake agent in memory. */
export function serveInMemory(
  agent: UseCases,
  options: { readonly bodyBytesMax?: number; readonly caller?: Caller } = {},
): Connection & { readonly server: ApiServer } {
  const server = new ApiServer({
    agent,
    peer: {
      hostPlan: () => Promise.resolve(plan.hosts[0]),
      ring: () => Promise.resolve("{}"),
      offerRing: (ring) => Promise.resolve(ring),
    },
    attach: () => fakeProcess("one\ntwo\n"),
    upgrade: Deno.upgradeWebSocket,
    version: "0.1.0",
    logger: silent,
    ...options,
  });
  return {
    server,
    async fetch(address, init) {
      const { signal, ...rest } = init;
      const response = await server.fetch(
        new Request(`http://agent${address}`, rest),
        options.caller,
      );
      if (!signal || !response.body) return response;
      const body = response.body.pipeThrough(new TransformStream(), { signal });
      return new Response(body, response);
    },
    openSocket: () => Promise.reject(new Error("there are no sockets in memory")),
    close() {},
  };
}

export { problem };
