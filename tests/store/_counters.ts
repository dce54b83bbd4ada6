import { contextOf } from "../../core/store/_context.ts";
import { plainCodec } from "../../core/store/_document_text.ts";
import { LinkedGenerations } from "../../core/store/generations.ts";
import type { StoreOptions } from "../../core/store/mod.ts";

/** What the writers write: how far each has come. Each generation raises one counter by one. */
export interface CountersSpec {
  readonly counters: Readonly<Record<string, number>>;
}

/** Returns the document that all writers share. */
export function counters(options: StoreOptions): LinkedGenerations<CountersSpec> {
  const directory = `${options.root}/counters`;
  const codec = plainCodec<CountersSpec>("counters");
  // Kept for seconds, not an hour: pruning, and readers and writers that are late for it, are part of the test.
  return new LinkedGenerations(contextOf(options), directory, "counters", codec, {
    historyMs: 3_000,
  });
}
