/**
 * A service on one host through a time of faults, all of it from one seed: commands, crashes, power losses, failing and
 * lying file systems, plugins that hang, processes that die.
 *
 * What is checked, apart from the code that is to make it so: a change that was acknowledged is never lost, nothing ever
 * runs twice at once, and once the faults end everything is as asked, by itself and within a bound; after a delete nothing is
 * left.
 */
import assert from "node:assert/strict";
import { ProblemError } from "../../core/base/mod.ts";
import {
  type FakeMachine,
  type FaultRule,
  type Faults,
  type PluginModel,
  SeededRandom,
} from "../../core/sim/mod.ts";
import { checkHost, StoryLife, type Wanted } from "./service_story.ts";
import { SimulatedHost } from "./simulated_host.ts";

export interface RandomStory {
  readonly seed: string;
  /** Lives of the agent that meet faults. */
  readonly lives: number;
  /** Plugins in place of the models: broken ones, to see that the checks catch them. */
  readonly plugins?: Readonly<Record<string, PluginModel>>;
}

/** What happened, for whoever replays it. */
export interface StoryReport {
  readonly lines: readonly string[];
  readonly effects: number;
  readonly virtualMs: number;
}

/** How long a life with faults lasts at most, and how long the last one may take to bring all in order. */
const lifeMs = 40_000;
const healMs = 240_000;

/** Lives through a story. Throws, with all that happened in the message, where something does not hold. */
export async function liveThrough({ seed, lives, plugins }: RandomStory): Promise<StoryReport> {
  const teller = new Teller(seed, plugins);
  try {
    return await teller.tell(lives);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(
      `seed ${seed}: ${message}\n${teller.lines.join("\n")}\n` +
        `replay: deno task sim --seed ${seed} --lives ${lives}`,
      { cause: error },
    );
  }
}

class Teller {
  readonly lines: string[] = [];
  readonly #random: SeededRandom;
  readonly #plugins: Readonly<Record<string, PluginModel>>;
  #host!: SimulatedHost;
  #effects = 0;
  /** What may be in force: the last acknowledged wish, and what was asked since without an answer. */
  #possible: Wanted[] = ["gone"];
  readonly #doubled: string[] = [];

  constructor(seed: string, plugins: RandomStory["plugins"] = {}) {
    this.#plugins = plugins;
    this.#random = new SeededRandom(seed).stream("story");
  }

  async tell(lives: number): Promise<StoryReport> {
    const program = (argv: readonly string[], env: Readonly<Record<string, string>>) =>
      this.#begin(argv, env);
    this.#host = await SimulatedHost.seeded({ program }, this.#plugins);
    this.#machine.disk.syncAll();
    for (let life = 0; life < lives; life++) await this.#liveBadly();
    await this.#heal();
    const virtualMs = this.#host.clock.monotonicMs();
    return { lines: this.lines, effects: this.#effects, virtualMs };
  }

  get #machine(): FakeMachine {
    return this.#host.machine;
  }

  /** Sees every process begin: none of its kind may run by then. */
  #begin(argv: readonly string[], env: Readonly<Record<string, string>>) {
    if (this.#machine.running().some((each) => each.argv[0] === argv[0])) {
      this.#doubled.push(`"${argv[0]}" is started while it runs, at ${this.#now}`);
    }
    return { ...(env.PORT && { listens: [`tcp/${env.PORT}`] }) };
  }

  get #now(): string {
    return `${this.#host.clock.monotonicMs()} ms`;
  }

  #say(line: string): void {
    this.lines.push(`  ${this.#now}: ${line}`);
  }

  async #liveBadly(): Promise<void> {
    const random = this.#random;
    const rules = Array.from({ length: random.integer(0, 2) }, () => this.#rule());
    const stopAt = random.chance(0.6)
      ? {
        effect: random.integer(1, 120),
        moment: random.pick(["before", "torn", "after"] as const),
      }
      : undefined;
    this.#say(`a life${stopAt ? ` to effect ${stopAt.effect} (${stopAt.moment})` : ""}`);
    const { survived, faults } = await StoryLife.live(
      this.#host,
      (life) => this.#work(life),
      { rules, ...(stopAt && { stopAt }) },
    ).catch((error) => this.#excuse(error));
    this.#effects += faults?.effects.length ?? 0;
    if (!survived) this.#say(`it died at ${faults?.effects.at(-1) ?? "its start"}`);
    this.#checkNothingDoubled();
    if (random.chance(0.2)) {
      this.#say("the power fails");
      this.#machine.powerLoss();
      this.#machine.boot();
    }
    if (random.chance(0.2)) this.#stepWall(random.integer(-600_000, 600_000));
  }

  #stepWall(byMs: number): void {
    this.#say(`the wall clock jumps by ${byMs} ms`);
    this.#host.clock.stepWall(byMs);
  }

  /** An agent may refuse to start while its file system fails; a bug is something else. */
  #excuse(error: unknown): { survived: boolean; faults?: Faults } {
    if (!(error instanceof ProblemError)) throw error;
    assert.notEqual(error.problem.code, "BASE_INTERNAL", error.message);
    this.#say(`it did not start: ${error.message}`);
    return { survived: false };
  }

  async #work(life: StoryLife): Promise<void> {
    const until = this.#host.clock.monotonicMs() + lifeMs;
    while (this.#host.clock.monotonicMs() < until && !life.faults.isStopped) {
      if (this.#random.chance(0.5)) await this.#ask(life);
      if (this.#random.chance(0.3)) this.#killOne();
      const pauseMs = this.#random.integer(10, 15_000);
      await this.#host.clock.sleep(pauseMs);
    }
  }

  async #ask(life: StoryLife): Promise<void> {
    const wanted: Wanted = this.#random.chance(0.25) ? "gone" : {
      greeting: `hello ${this.#random.integer(1, 3)}`,
      ...(this.#random.chance(0.5) && { port: 20_005 + this.#random.integer(0, 1) }),
    };
    this.#say(`asks for ${JSON.stringify(wanted)}`);
    this.#possible.push(wanted);
    try {
      await life.ask(wanted);
      this.#possible = [wanted];
      this.#say("which is acknowledged");
    } catch (error) {
      if (error instanceof ProblemError) {
        assert.notEqual(
          error.problem.code,
          "BASE_INTERNAL",
          `${error.message}: ${error.problem.why}`,
        );
      } else if (!(error instanceof assert.AssertionError)) throw error;
      this.#say(`which fails: ${error.message.split("\n")[0]}`);
    }
  }

  #killOne(): void {
    const running = this.#machine.running();
    if (running.length === 0) return;
    const process = this.#random.pick(running);
    this.#say(`"${process.argv[0]}" is killed`);
    this.#machine.exit(process);
  }

  #rule(): FaultRule {
    const random = this.#random;
    const skip = random.integer(0, 60);
    const times = random.integer(1, 5);
    const state = /^\/state/;
    const rule: FaultRule = random.pick<FaultRule>([
      { operations: ["writeNew", "append"], fault: { fail: "ENOSPC" } },
      { operations: ["writeNew", "rename"], subject: state, fault: { fail: "EIO" } },
      { operations: ["readText", "list", "stat"], subject: state, fault: { fail: "ESTALE" } },
      { operations: ["readText", "list"], subject: state, fault: { fail: "ETIMEDOUT" } },
      { operations: ["link"], fault: { doneButFails: "EEXIST" } },
      { operations: ["rename"], subject: state, fault: { doneButFails: "EIO" } },
      { operations: ["list"], subject: state, fault: { staleListMs: 30_000 } },
      { operations: ["tryLock"], fault: { lostLock: true } },
      { operations: ["plugin"], fault: { hang: true } },
      { operations: ["plugin"], subject: /process/, fault: { fail: "EIO" } },
      { operations: ["readText", "writeNew", "link"], fault: { delayMs: 3_000 } },
    ]);
    this.#say(`${rule.operations} ${rule.subject ?? ""} will ${JSON.stringify(rule.fault)}`);
    return { ...rule, skip, times };
  }

  /** Without faults, and without being asked again, all comes to be as it was acknowledged; then it can be changed, and go. */
  async #heal(): Promise<void> {
    this.#say("the faults end");
    await StoryLife.live(this.#host, () => this.#host.clock.sleep(healMs));
    this.#checkNothingDoubled();
    this.#checkPossible();
    const last: Wanted = { greeting: "hello again", port: 20_007 };
    await StoryLife.live(this.#host, async (life) => {
      await life.reach(last);
      await this.#host.clock.sleep(healMs); // claims that it gave up are freed in a while
    });
    checkHost(this.#host, last);
    await StoryLife.live(this.#host, (life) => life.reach("gone"));
    await StoryLife.live(this.#host, () => this.#host.clock.sleep(healMs));
    checkHost(this.#host, "gone");
  }

  #checkPossible(): void {
    const failures = this.#possible.map((wanted) => {
      try {
        checkHost(this.#host, wanted, { isDeleted: false });
        return undefined;
      } catch (error) {
        return `not as ${JSON.stringify(wanted)}: ${(error as Error).message}`;
      }
    });
    assert.ok(failures.includes(undefined), failures.join("\n"));
  }

  #checkNothingDoubled(): void {
    assert.deepEqual(this.#doubled, []);
  }
}
