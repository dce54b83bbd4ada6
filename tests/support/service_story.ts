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

/** What is asked for in each step: a greeting, or that the service goes. */
export const story = ["deploy", "change", "delete"] as const;
export type Chapter = typeof story[number];

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
  async tell(chapter: Chapter): Promise<void> {
    const { useCases } = this.#agent!;
    const isThere = (await useCases.services()).some(({ ref: { service } }) =>
      service === ref.service
    );
    if (chapter === "delete" && !isThere) return;
    const answer = chapter === "delete"
      ? await useCases.delete(ref, {})
      : await useCases.deploy(requestFor(chapter));
    assert.deepEqual(answer.problems, []);
    const never = new AbortController().signal;
    let last;
    for await (const each of useCases.follow(ref, answer.generation, never)) last = each;
    assert.equal(last?.kind, "settled", `${chapter}: ${JSON.stringify(last)}`);
  }

  async rest(): Promise<void> {
    await this.host.clock.sleep(aloneMs);
  }
}

function requestFor(chapter: Chapter) {
  const greeting = greetings[chapter as keyof typeof greetings];
  const files = { "service.yaml": helloGraph({ greeting }), "serve.sh": "#!/bin/sh\n" };
  return { ref, template: { upload: uploadOf(files) } };
}

const greetings = { deploy: "hello", change: "good day" } as const;

/** Checks that the host is as the chapter wants it, and that nothing else is on it. */
export function checkHost(host: SimulatedHost, chapter: Chapter): void {
  if (chapter === "delete") return checkNothingLeft(host);
  const { machine } = host;
  const running = machine.running();
  assert.deepEqual(running.map(({ argv }) => argv[0]).sort(), ["client", "web"], "each runs once");
  const [web, client] = ["web", "client"].map((name) =>
    running.find(({ argv }) => argv[0] === name)!
  );
  assert.equal(web.env.GREETING, greetings[chapter]);
  assert.equal(client.env.SERVER, web.env.PORT);
  assert.deepEqual(claimsOf(machine), [`/state/hosts/alpha/claims/tcp/${web.env.PORT}`]);
  assert.deepEqual(tree(machine, "/own/data"), [
    "/own/data/khutulun.hello.site-0/",
    "/own/data/khutulun.hello.web-0/",
    "/own/data/khutulun.hello.web-0/serve.sh",
  ]);
  const pids = tree(machine, "/run/khutulun").map((
    path,
  ) => [path, host.files()[path].split(" ")[0]]);
  assert.deepEqual(pids, [
    ["/run/khutulun/khutulun.hello.client-0.pid", String(client.pid)],
    ["/run/khutulun/khutulun.hello.web-0.pid", String(web.pid)],
  ]);
}

function checkNothingLeft(host: SimulatedHost): void {
  const { machine } = host;
  assert.deepEqual(machine.running().map(({ argv }) => argv), [], "nothing runs");
  assert.deepEqual(claimsOf(machine), []);
  for (const place of ["/own/data", "/run/khutulun", "/log", "/own/ledger/default"]) {
    assert.deepEqual(tree(machine, place), [], `nothing is left in ${place}`);
  }
  assert.deepEqual(tree(machine, "/state/namespaces/default/service"), []);
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
export async function countEffects(chapter: Chapter): Promise<number> {
  const host = await hostBefore(chapter);
  const { faults } = await StoryLife.live(host, (life) => life.tell(chapter));
  checkHost(host, chapter);
  return faults.effects.length;
}

/**
 * Tells the story up to a cut, then starts again, asks the same again and tells it to its end. Everything has to be as if
 * nothing had happened.
 */
export async function surviveCut({ chapter, effect, moment }: Cut): Promise<string> {
  const host = await hostBefore(chapter);
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
    checkHost(host, chapter);
    await StoryLife.live(host, (life) => life.tell("delete"));
    checkHost(host, "delete");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${chapter}, cut ${moment} effect ${effect} (${where}): ${message}`, {
      cause: error,
    });
  }
  return where;
}

/** A host on which the story was told up to a chapter. */
async function hostBefore(chapter: Chapter): Promise<SimulatedHost> {
  const host = await SimulatedHost.seeded();
  for (const each of story.slice(0, story.indexOf(chapter))) {
    await StoryLife.live(host, (life) => life.tell(each));
    checkHost(host, each);
  }
  host.machine.disk.syncAll();
  return host;
}
