import assert from "node:assert/strict";
import type { AttachCommand } from "../../agent/mod.ts";
import type { AttachedProcess } from "../../ports/mod.ts";
import { logLines } from "./log_lines.ts";

const command = { instance: "web-0", argv: ["tail"] } as unknown as AttachCommand;

/** A command that writes its chunks as they are read, and then goes on until it is told to end. */
class FakeTail {
  taken = 0;
  readonly #ended = Promise.withResolvers<number>();
  readonly #chunks: string[];

  constructor(chunks: string[]) {
    this.#chunks = chunks;
  }

  attach(): AttachedProcess {
    return {
      stdin: new WritableStream(),
      stdout: this.#stream(this.#chunks),
      stderr: this.#stream([]),
      exit: this.#ended.promise,
      kill: () => this.#ended.resolve(143),
    };
  }

  #stream(chunks: string[]): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = chunks.shift();
        if (chunk === undefined) {
          await this.#ended.promise;
          return controller.close();
        }
        this.taken++;
        controller.enqueue(new TextEncoder().encode(chunk));
      },
    });
  }
}

Deno.test("logLines() lets a command wait for a reader that is slower, and loses nothing", async () => {
  const wanted = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
  const tail = new FakeTail(wanted.map((line) => `${line}\n`));
  const leaving = new AbortController();
  const lines = logLines([command], () => tail.attach(), leaving.signal);
  const found = [(await lines.next()).value!.text];
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(tail.taken < 2_000, `${tail.taken} lines were taken for a reader of one`);
  while (found.length < wanted.length) found.push((await lines.next()).value!.text);
  assert.deepEqual(found, wanted);
  leaving.abort();
  assert.equal((await lines.next()).done, true);
});

Deno.test("logLines() ends what it started where its reader goes away, at once or in the middle", async () => {
  const gone = logLines([command], () => new FakeTail(["a\n"]).attach(), AbortSignal.abort());
  for await (const _line of gone);
  const tail = new FakeTail(Array.from({ length: 5_000 }, () => "line\n"));
  const lines = logLines([command], () => tail.attach(), new AbortController().signal);
  await lines.next();
  await lines.return(undefined);
});

Deno.test("logLines() leaves nothing running where one of several commands cannot be started", async () => {
  const tail = new FakeTail(["a\n"]);
  const processes: AttachedProcess[] = [];
  const lines = logLines([command, { ...command, instance: "web-1" }], ({ instance }) => {
    if (instance === "web-1") throw new Error("there is no such command");
    processes.push(tail.attach());
    return processes[0];
  }, new AbortController().signal);
  await assert.rejects(lines.next(), /no such command/);
  assert.equal(await processes[0].exit, 143);
});
