/**
 * The life of one service on one host, told step by step so that any step can be cut short: deploy, change, delete.
 *
 * What must hold at the end of each step is checked here, apart from the code that is to make it so.
 */
import assert from "node:assert/strict";
import { type Agent, createAgent } from "../../core/agent/mod.ts";
import type {
  DiskDirectory,
  DiskNode,
  FakeMachine,
  Faults,
  FaultsOptions,
} from "../../core/sim/mod.ts";
import { helloGraph } from "./hello_graph.ts";
import { modelLanguage, SimulatedHost, uploadOf } from "./simulated_host.ts";

export const ref = { namespace: "default", service: "hello" };

/** The steps that the fault walk cuts short. */
export const story = ["deploy", "change", "delete"] as const;
export type Chapter = typeof story[number];

/** What is asked for: the service as it should be, or `gone`. */
export type Wanted = { readonly greeting: string; readonly port?: number } | "gone";

const chapters: Readonly<Record<Chapter, Wanted>> = {
  deploy: { greeting: "hello" },
  change: { greeting: "good day" },
  delete: "gone",
};

/** How long an agent that was started again is left alone before anybody asks anything of it: it tidies up meanwhile. */
const aloneMs = 150_000;

/** One life of the agent, which may end in the middle of anything. */
export class StoryLife {
  #agent?: Agent;
  readonly #ended = new AbortController();
  #running?: Promise<void>;

  private constructor(readonly host: SimulatedHost, readonly faults: Faults) {}

  /** Begins a life and does `work` with it; returns whether it lived to the end of that. */
  static async live(
    host: SimulatedHost,
    work: (life: StoryLife) => Promise<void>,
    faulty: Omit<FaultsOptions, "clock"> = {},
  ): Promise<{ survived: boolean; faults: Faults }> {
    const { ports, faults } = host.ports(faulty);
    const life = new StoryLife(host, faults);
    const all = (async () => {
      life.#agent = await createAgent(ports, host.options, modelLanguage);
      life.#running = life.#agent.run(life.#ended.signal);
      life.#running.catch(() => {});
      await work(life);
      life.#ended.abort();
      await life.#running;
      await life.#agent.close();
    })();
    await host.clock.run(Promise.race([all, faults.stopped()]));
    return { survived: !faults.isStopped, faults };
  }

  /** Asks for what the chapter says and waits until it is so. */
  tell(chapter: Chapter): Promise<void> {
    return this.reach(chapters[chapter]);
  }

  /** Asks for something and waits until it is so. */
  async reach(wanted: Wanted): Promise<void> {
    const generation = await this.ask(wanted);
    if (generation === undefined) return;
    const never = new AbortController().signal;
    let last;
    for await (const each of this.#agent!.useCases.follow(ref, generation, never)) last = each;
    assert.equal(last?.kind, "settled", `${JSON.stringify(wanted)}: ${JSON.stringify(last)}`);
  }

  /** Asks for something; once this returns it is acknowledged. Returns the generation to follow, if there is one. */
  async ask(wanted: Wanted): Promise<number | undefined> {
    const { useCases } = this.#agent!;
    const services = await useCases.services();
    const isThere = services.some(({ ref: { service } }) => service === ref.service);
    if (wanted === "gone" && !isThere) return undefined;
    const answer = wanted === "gone"
      ? await useCases.delete(ref, {})
      : await useCases.deploy(requestFor(wanted));
    assert.deepEqual(answer.problems, []);
    return answer.generation;
  }

  async rest(): Promise<void> {
    await this.host.clock.sleep(aloneMs);
  }
}

function requestFor({ greeting, port }: Exclude<Wanted, "gone">) {
  const graph = helloGraph({ greeting, ...(port !== undefined && { port: { port } }) });
  const files = { "service.yaml": graph, "serve.sh": "#!/bin/sh\n" };
  return { ref, template: { upload: uploadOf(files) } };
}

/**
 * Checks that the host is as it is wanted, and that nothing else is on it. Without `isDeleted`, what is gone may still be
 * asked for in the state: a deploy that was cut short before it was acknowledged.
 */
export function checkHost(
  host: SimulatedHost,
  wanted: Wanted,
  { isDeleted = true }: { readonly isDeleted?: boolean } = {},
): void {
  if (wanted === "gone") return checkNothingLeft(host, isDeleted);
  const { machine } = host;
  const running = machine.running();
  assert.deepEqual(running.map(({ argv }) => argv[0]).sort(), ["client", "web"], "each runs once");
  const [web, client] = ["web", "client"].map((name) =>
    running.find(({ argv }) => argv[0] === name)!
  );
  assert.equal(web.env.GREETING, wanted.greeting);
  if (wanted.port !== undefined) assert.equal(web.env.PORT, String(wanted.port));
  assert.equal(client.env.SERVER, web.env.PORT);
  assert.deepEqual(claimsOf(machine), [`/state/hosts/alpha/claims/tcp/${web.env.PORT}`]);
  assert.deepEqual(tree(machine, "/own/data"), [
    "/own/data/khutulun.hello.site-0/",
    "/own/data/khutulun.hello.web-0/",
    "/own/data/khutulun.hello.web-0/serve.sh",
  ]);
  if (host.options.systemd === "none") {
    const pids = tree(machine, "/run/khutulun")
      .map((path) => [path, host.files()[path].split(" ")[0]]);
    assert.deepEqual(pids, [
      ["/run/khutulun/khutulun.hello.client-0.pid", String(client.pid)],
      ["/run/khutulun/khutulun.hello.web-0.pid", String(web.pid)],
    ]);
    return;
  }
  const units = ["khutulun.hello.client-0.service", "khutulun.hello.web-0.service"];
  assert.deepEqual(running.map(({ unit }) => unit).sort(), units);
  assert.deepEqual(tree(machine, unitDirectory), [
    ...units.map((unit) => `${unitDirectory}/${unit}`),
    `${unitDirectory}/multi-user.target.wants/`,
    ...units.map((unit) => `${unitDirectory}/multi-user.target.wants/${unit}`),
  ]);
}

/** Where unit files are on a host with systemd. */
export const unitDirectory = "/etc/systemd/system";

function checkNothingLeft(host: SimulatedHost, isDeleted: boolean): void {
  const { machine } = host;
  assert.deepEqual(machine.running().map(({ argv }) => argv), [], "nothing runs");
  assert.deepEqual(claimsOf(machine), []);
  for (
    const place of ["/own/data", "/run/khutulun", "/log", "/own/ledger/default", unitDirectory]
  ) {
    assert.deepEqual(tree(machine, place), [], `nothing is left in ${place}`);
  }
  // A deploy that was cut short before its first document was never a service; its hidden files stay.
  const documents = tree(machine, "/state/namespaces/default/service")
    .filter((path) => !path.endsWith("/") && !path.split("/").at(-1)!.startsWith("."));
  if (isDeleted) assert.deepEqual(documents, []);
}

function claimsOf(machine: FakeMachine): string[] {
  return tree(machine, "/state/hosts/alpha/claims")
    .filter((path) => !path.endsWith("/") && !path.includes("/."));
}

/** Every path below a directory, directories with a slash at their end. */
function tree(machine: FakeMachine, root: string): string[] {
  const found = machine.disk.find(root);
  const below = (node: DiskDirectory, path: string): string[] =>
    [...node.entries].flatMap(([name, child]) => pathsOf(child, `${path}/${name}`)).sort();
  const pathsOf = (node: DiskNode, path: string): string[] =>
    node.kind === "directory" ? [`${path}/`, ...below(node, path)] : [path];
  return found?.kind === "directory" ? below(found, root) : [];
}

/** Where a life is cut short: at its effect of this number, and how. `power` takes the whole host with it. */
export interface Cut {
  readonly chapter: Chapter;
  readonly effect: number;
  readonly moment: "before" | "torn" | "after" | "power";
}

/** Returns how many effects an agent has from its start to the end of a chapter. */
export async function countEffects(
  chapter: Chapter,
  seeded: () => Promise<SimulatedHost> = SimulatedHost.seeded,
): Promise<number> {
  const host = await hostBefore(chapter, seeded);
  const { faults } = await StoryLife.live(host, (life) => life.tell(chapter));
  checkHost(host, chapters[chapter]);
  return faults.effects.length;
}

/**
 * Tells the story up to a cut, then starts again, asks the same again and tells it to its end. Everything has to be as if
 * nothing had happened.
 */
export async function surviveCut(
  { chapter, effect, moment }: Cut,
  seeded: () => Promise<SimulatedHost> = SimulatedHost.seeded,
): Promise<string> {
  const host = await hostBefore(chapter, seeded);
  const stopAt = { effect, moment: moment === "power" ? "before" : moment } as const;
  const { survived, faults } = await StoryLife.live(host, (life) => life.tell(chapter), { stopAt });
  const where = faults.effects.at(-1)!;
  if (!survived && moment === "power") {
    host.machine.powerLoss();
    host.machine.boot();
  }
  try {
    await StoryLife.live(host, async (life) => {
      await life.rest();
      await life.tell(chapter);
    });
    checkHost(host, chapters[chapter]);
    await StoryLife.live(host, (life) => life.tell("delete"));
    checkHost(host, "gone");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${chapter}, cut ${moment} effect ${effect} (${where}): ${message}`, {
      cause: error,
    });
  }
  return where;
}

/** A host on which the story was told up to a chapter. */
async function hostBefore(
  chapter: Chapter,
  seeded: () => Promise<SimulatedHost>,
): Promise<SimulatedHost> {
  const host = await seeded();
  for (const each of story.slice(0, story.indexOf(chapter))) {
    await StoryLife.live(host, (life) => life.tell(each));
    checkHost(host, chapters[each]);
  }
  host.machine.disk.syncAll();
  return host;
}
