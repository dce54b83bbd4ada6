import assert from "node:assert/strict";
import type { StartedAgent } from "../support/started_agent.ts";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";

const script = [
  'sum=$(sha256sum < "$PASSWORD_FILE")',
  'echo "digest ${sum%% *} mode $(stat -c %a "$PASSWORD_FILE")"',
  "exec sleep 1000",
].join("\n");

const template = `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  inputs: {round: {type: string, default: first}}
  node_templates:
    job:
      type: Process
      properties:
        command: [sh, -c, ${JSON.stringify(script)}]
        environment: {ROUND: {$get_input: round}}
        secrets: {PASSWORD_FILE: db-password}
`;

Deno.test("a secret reaches the process that needs it, and stands nowhere else", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const beta = cluster.of("beta");
    const first = `first-${crypto.randomUUID()}`;
    const second = `second-${crypto.randomUUID()}`;
    const file = await alpha.write("shop/service.yaml", template);
    const deploy = ["service", "deploy", "shop", file];

    const missing = await alpha.run(deploy);
    assert.match(missing.stderr, /TRUST_SECRET_UNKNOWN[^]*db-password/);
    assert.equal(missing.code, 4);

    await set(alpha, first);
    const plan = await alpha.run(["service", "plan", "shop", file, "-o", "json"]);
    assert.match(plan.stdout, /PASSWORD_FILE/);
    const script = await alpha.run(["service", "script", "shop", file]);
    await done(alpha, ...deploy);
    const [instance] = await beta.ask("instance", "list");
    const holder = cluster.of(instance.host);
    const other = holder === alpha ? beta : alpha;
    await logged(alpha, `digest ${await digestOf(first)} mode 400`);
    assert.equal((await other.run(["secret", "show", "db-password", "--reveal"])).stdout, first);

    // Another value is there for the next start.
    await set(beta, second);
    await done(alpha, ...deploy, "--input", "round=second");
    await logged(alpha, `digest ${await digestOf(second)} mode 400`);

    const told = await Promise.all([
      ["service", "show", "shop", "-o", "json"],
      ["event", "list", "-o", "json", "--limit", "1000"],
      ["audit", "-o", "json", "--limit", "1000"],
      ["instance", "list", "-o", "json"],
      ["secret", "list", "-o", "json"],
      ["service", "logs", "shop"],
    ].map(async (words) => (await alpha.run(words)).stdout));
    for (const value of [first, second]) {
      for (const text of [plan.stdout, script.stdout, ...told]) assertAbsent(text, value, "output");
      const places = [cluster.state, alpha.directory, beta.directory];
      const found = (await Promise.all(places.map((place) => filesWith(place, value)))).flat();
      const allowed = value === second
        ? [`${holder.directory}/run/secrets/khutulun.shop.job-0/db-password`]
        : [];
      assert.deepEqual(found.map(({ path }) => path), allowed);
      for (const { mode, above } of found) assert.deepEqual([mode, above], [0o400, 0o700]);
      for (const text of processTexts()) assertAbsent(text, value, "process");
    }

    await done(alpha, "service", "delete", "shop");
    assert.deepEqual(await filesWith(holder.directory, second), []);
    await done(alpha, "secret", "remove", "db-password");
    assert.match(
      (await beta.run(["secret", "show", "db-password"])).stderr,
      /TRUST_SECRET_UNKNOWN/,
    );
  });
});

Deno.test("a secret is sealed to who joins later, and to nobody but --host where that is said", async () => {
  await StartedCluster.with(["alpha"], async (cluster) => {
    const alpha = cluster.of("alpha");
    await set(alpha, "for everybody");
    const path = await alpha.write("value", "for alpha");
    await done(alpha, "secret", "set", "own", "--file", path, "--host", "alpha");
    await cluster.join("beta");
    const beta = cluster.of("beta");
    const hostsOf = async (name: string) =>
      (await beta.ask("secret", "list")).find((each: { name: string }) => each.name === name).hosts;
    await eventuallyDone(async () => (await hostsOf("db-password")).includes("beta"));
    const shown = await beta.run(["secret", "show", "db-password", "--reveal"]);
    assert.equal(shown.stdout, "for everybody");
    assert.deepEqual(await hostsOf("own"), ["alpha"]);
    const refused = await beta.run(["secret", "show", "own", "--reveal"]);
    assert.match(refused.stderr, /TRUST_SECRET_INVALID[^]*sealed to alpha/);
    const nobody = await alpha.run(["secret", "set", "own", "--file", path, "--host", "nobody"]);
    assert.notEqual(nobody.code, 0);
  });
});

async function set(agent: StartedAgent, value: string): Promise<void> {
  const path = await agent.write("value", value);
  await done(agent, "secret", "set", "db-password", "--file", path);
  await Deno.remove(path);
}

async function done(agent: StartedAgent, ...words: string[]): Promise<void> {
  const { code, stderr } = await agent.run(words);
  assert.equal(code, 0, stderr);
}

async function logged(agent: StartedAgent, line: string): Promise<void> {
  await eventuallyDone(async () =>
    (await agent.run(["service", "logs", "shop"])).stdout.includes(line)
  );
}

async function digestOf(value: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  return new Uint8Array(digest).toHex();
}

/** Files below a place that have the value in them, plain or in base64. */
async function filesWith(place: string, value: string) {
  const found: { path: string; mode: number; above: number }[] = [];
  const walk = async (directory: string): Promise<void> => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory) await walk(path);
      if (!isFile) continue;
      const text = await Deno.readFile(path).catch(() => new Uint8Array());
      if (!holds(new TextDecoder("latin1").decode(text), value)) continue;
      const modeOf = (at: string) => Deno.statSync(at).mode! & 0o777;
      found.push({ path, mode: modeOf(path), above: modeOf(directory) });
    }
  };
  await walk(place);
  return found;
}

/** Arguments and environment of every process of this user that can be read. */
function processTexts(): string[] {
  const texts: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || name === String(Deno.pid)) continue;
    for (const part of ["cmdline", "environ"]) {
      try {
        texts.push(Deno.readTextFileSync(`/proc/${name}/${part}`));
      } catch { /* it has ended, or is another's */ }
    }
  }
  return texts;
}

function assertAbsent(text: string, value: string, where: string): void {
  assert(!holds(text, value), `no ${where} holds the value`);
}

function holds(text: string, value: string): boolean {
  return text.includes(value) || text.includes(btoa(value).slice(0, 24));
}
