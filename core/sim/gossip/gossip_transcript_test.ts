/**
 * Plays the transcripts in `tests/transcripts/gossip/`: prose, commands after `>`, and below each what members were told
 * until then, at whole seconds. To renew them after a change that is meant, and review the difference:
 *
 *     UPDATE_GOLDEN=1 deno test -A core/sim/gossip/gossip_transcript_test.ts
 */
import assert from "node:assert/strict";
import { parseDurationMs } from "../../base/mod.ts";
import { gossipProfiles } from "../../gossip/mod.ts";
import { disagreement } from "./gossip_checkers.ts";
import { GossipSimulator } from "./gossip_simulator.ts";
import { oneWay, partition } from "./network_faults.ts";

const folder = new URL("../../../tests/transcripts/gossip/", import.meta.url);

for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`transcript: gossip/${name}`, () => {
    const url = new URL(name, folder);
    const recorded = Deno.readTextFileSync(url);
    const played = play(recorded);
    if (Deno.env.get("UPDATE_GOLDEN")) Deno.writeTextFileSync(url, played);
    else assert.equal(played, recorded);
  });
}

/** Returns the transcript with what really happens below each command. */
function play(text: string): string {
  const stage = new Stage();
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("    ")) continue; // what was recorded
    lines.push(line);
    if (line.startsWith("> ")) lines.push(...stage.act(line.slice(2)).map((each) => `    ${each}`));
  }
  return lines.join("\n");
}

class Stage {
  readonly #simulator = new GossipSimulator({ seed: 1, settings: gossipProfiles.lan });
  readonly #seen = new Map<string, number>();
  #lift: (() => unknown)[] = [];

  act(command: string): string[] {
    const [verb, ...names] = command.split(/\s+/);
    const simulator = this.#simulator;
    switch (verb) {
      case "add":
        for (const name of names) simulator.add(name);
        break;
      case "join":
        for (const name of names.slice(0, -1)) simulator.join(name, names.at(-1)!);
        break;
      case "run":
        simulator.run(parseDurationMs(names[0])!);
        break;
      case "crash":
        simulator.crash(names[0]);
        break;
      case "restart":
        simulator.restart(names[0], names.slice(1));
        break;
      case "freeze":
        simulator.freeze(names[0], parseDurationMs(names[1])!);
        break;
      case "leave":
        simulator.input(names[0], { kind: "leave" });
        break;
      case "update":
        simulator.input(names[0], { kind: "update", meta: new TextEncoder().encode(names[1]) });
        break;
      case "part":
        this.#lift.push(simulator.cut(partition(names)));
        break;
      case "cut":
        this.#lift.push(simulator.cut(oneWay([names[0]], [names[1]])));
        break;
      case "mend":
        for (const lift of this.#lift) lift();
        this.#lift = [];
        break;
      case "agree?":
        return [disagreement(simulator) ?? "all agree"];
      default:
        throw new Error(`No command "${verb}"`);
    }
    return this.#news();
  }

  /** What members were told since the last command, in the order in which it happened. */
  #news(): string[] {
    const news: { atMs: number; line: string }[] = [];
    for (const { name, notifications } of this.#simulator.members.values()) {
      for (const { atMs, it } of notifications.slice(this.#seen.get(name) ?? 0)) {
        if (!("member" in it)) continue;
        news.push({
          atMs,
          line: `${Math.floor(atMs / 1_000)}s ${name}: ${it.member.name} ${it.kind}`,
        });
      }
      this.#seen.set(name, notifications.length);
    }
    return news.sort((a, b) => a.atMs - b.atMs).map(({ line }) => line);
  }
}
