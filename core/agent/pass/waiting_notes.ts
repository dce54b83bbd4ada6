import type { JsonObject } from "../../base/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import type { ObservedItem, ObservedSpec } from "../../store/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import type { PassSubject } from "./pass.ts";

/** What changes sooner than that is not worth a write. */
const writeEveryMs = 5_000;

/**
 * Writes down what a pass waits for while it waits: how long it takes is up to a health check, and whoever asks `why`
 * meanwhile is to be told of it. It says nothing of what is done: the pass itself does, at its end.
 */
export class WaitingNotes {
  readonly #context: AgentContext;
  readonly #subject: PassSubject;
  readonly #notes = new Map<string, ObservedItem>();
  #writing: Promise<void> = Promise.resolve();
  #writtenMs = -Infinity;
  #isWritten = false;

  constructor(context: AgentContext, subject: PassSubject) {
    this.#context = context;
    this.#subject = subject;
  }

  /** Notes why an item is not ready yet, and for how long it has been waited for. */
  note(item: Item, attributes: JsonObject, { why, waitedMs }: { why: string; waitedMs: number }) {
    const { clock } = this.#context;
    const before = this.#notes.get(item.id);
    if (before?.why === why) return;
    const since = before?.since ?? timeText(clock.nowMs() - waitedMs);
    const { id, epoch, revision } = item;
    this.#notes.set(id, { id, phase: "starting", why, since, attributes, epoch, revision });
    if (before !== undefined && clock.monotonicMs() - this.#writtenMs < writeEveryMs) return;
    this.#writtenMs = clock.monotonicMs();
    this.#writing = this.#writing.then(() => this.#write()).catch(() => {}); // the pass itself will say so
  }

  /** Waits for what is being written. Returns whether anything was. */
  async settle(): Promise<boolean> {
    await this.#writing;
    return this.#isWritten;
  }

  async #write(): Promise<void> {
    const { store, host } = this.#context;
    const { state, before } = this.#subject;
    const others = before?.items.filter((each) => !this.#notes.has(each.id)) ?? [];
    const spec: ObservedSpec = {
      acted: before?.acted ?? 0,
      items: [...others, ...this.#notes.values()],
      removed: before?.removed ?? [],
    };
    this.#isWritten = true;
    await store.observed(state.ref, host).write(spec);
  }
}
