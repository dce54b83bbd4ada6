import { toProblems } from "../problems_error.ts";

/**
 * Answers with server-sent events: one for each value, its JSON as the data, ids counting from 1 or as `idOf` says.
 *
 * A failure becomes an event `problem` and ends the stream; a stream that ended by itself says `end`, so that a client can
 * tell the end from a lost connection. `open` gets a signal that fires when the client goes away or the server closes.
 */
export function eventStream<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  options: {
    readonly doing: string;
    readonly idOf?: (value: T) => string;
    readonly closing: AbortSignal;
  },
): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, options.closing]);
  let values: AsyncIterator<T> | undefined;
  let count = 0;
  const end = (controller: ReadableStreamDefaultController) => {
    controller.close();
    // Whatever still listens on the signal would be held by the server's own as long as that lives.
    gone.abort();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encode(": watching\n\n")); // so that the head of the answer leaves at once
    },
    async pull(controller) {
      try {
        values ??= open(signal)[Symbol.asyncIterator]();
        const next = await values.next();
        if (gone.signal.aborted) return;
        if (next.done) {
          controller.enqueue(encode("event: end\ndata: {}\n\n"));
          return end(controller);
        }
        const id = options.idOf?.(next.value) ?? String(++count);
        controller.enqueue(encode(`id: ${id}\ndata: ${JSON.stringify(next.value)}\n\n`));
      } catch (error) {
        if (gone.signal.aborted) return;
        if (!options.closing.aborted) {
          const problems = toProblems(error, options.doing);
          controller.enqueue(encode(`event: problem\ndata: ${JSON.stringify({ problems })}\n\n`));
        }
        end(controller);
      }
    },
    async cancel() {
      gone.abort();
      await values?.return?.();
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
