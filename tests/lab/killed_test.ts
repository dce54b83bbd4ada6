import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWith } from "../support/needs.ts";
import { prefixOf } from "./laboratory.ts";
import { remains } from "./reap.ts";

const cache = Deno.env.get("KHUTULUN_LAB_CACHE") ?? "/var/cache/khutulun-lab";
const script = fileURLToPath(new URL("./lab.ts", import.meta.url));

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  testWith(
    ["lab"],
    `lab leaves nothing behind when it gets ${signal} while a host runs`,
    async () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", script, "bare_host"],
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const number = await numberOf(child.stdout);
      const left = () => remains(`${cache}/runs/${number}`, prefixOf(number));
      await until(async () => (await left()).some((line) => line.startsWith("control group")));
      child.kill(signal);
      await child.status;
      await until(async () => (await left()).length === 0);
      assert.deepEqual(await left(), []);
    },
  );
}

/** Reads "lab 3: …", and goes on reading so that the child never waits for us. */
async function numberOf(stdout: ReadableStream<Uint8Array>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  (async () => {
    let text = "";
    for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const [, number] = text.match(/^lab (\d+):/m) ?? [];
      if (number) resolve(Number(number));
    }
    reject(new Error(`the lab ended: ${text}`));
  })();
  return await promise;
}

/** A guard against hanging, not a measure. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!await isSo() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
