import assert from "node:assert/strict";
import { eventStream } from "./event_stream.ts";

Deno.test("eventStream() gives its signal when it is over, so that nothing listens on to the server's", async () => {
  const closing = new AbortController().signal;
  const ends = [
    async function* one() {
      yield 1;
    },
    // deno-lint-ignore require-yield -- a stream that fails
    async function* failing() {
      throw new Error("no more");
    },
  ];
  for (const open of ends) {
    let given: AbortSignal | undefined;
    const response = eventStream<number>((signal) => {
      given = signal;
      return open();
    }, { doing: "count", closing });
    const text = await response.text();
    assert.match(text, /event: (end|problem)/);
    assert.equal(given?.aborted, true);
  }
});
