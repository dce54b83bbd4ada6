import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWith } from "../support/needs.ts";
import { labCache as cache, prefixOf } from "./laboratory.ts";
import { remains } from "./reap.ts";

const script = fileURLToPath(new URL("./lab.ts", import.meta.url));

/** Scenarios that need no executable, and are enough for as many lanes as there are. */
const filters = ["bare_host", "unit_watch"];
const lanes = 3;

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  testWith(
    ["lab"],
    `lab leaves nothing behind when it gets ${signal} while hosts run in all lanes`,
    async () => {
      const child = startLab(filters);
      const numbers = await numbersOf(child.stdout, lanes);
      const left = () => Promise.all(numbers.map(remainsOf));
      await until(async () =>
        (await left()).flat().some((line) => line.startsWith("control group"))
      );
      child.kill(signal);
      await child.status;
      await until(async () => (await left()).flat().length === 0);
      assert.deepEqual((await left()).flat(), []);
    },
  );
}

testWith(
  ["lab"],
  "lab leaves no process and no mount when it is killed while it makes a root file system",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const child = startLab(["--prepare"], { KHUTULUN_LAB_CACHE: folder });
      await child.stdout.cancel();
      await until(async () => (await processesOf(folder)).some((each) => /mmdebstrap/.test(each)));
      child.kill("SIGKILL");
      await child.status;
      await until(async () => (await processesOf(folder)).length === 0);
      assert.deepEqual(await processesOf(folder), []);
      assert.doesNotMatch(await Deno.readTextFile("/proc/self/mountinfo"), new RegExp(folder));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  ["lab"],
  "lab --keep leaves hosts that can be entered, and --remove takes them",
  async () => {
    const child = startLab(["--keep", "bare_host"]);
    const [number] = await numbersOf(child.stdout, 1);
    try {
      assert.equal((await child.status).code, 0);
      const entered = await startLab(["--enter", `${number}/h2`, "hostname"]).output();
      assert.equal(new TextDecoder().decode(entered.stdout), "h2\n");
    } finally {
      await startLab(["--remove", `${number}`]).output();
    }
    assert.deepEqual(await remainsOf(number), []);
  },
);

function startLab(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

function remainsOf(number: number): Promise<string[]> {
  return remains(`${cache}/runs/${number}`, prefixOf(number));
}

/** Returns the command lines of processes that name a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (line.includes(folder)) found.push(line.replaceAll("\0", " "));
  }
  return found;
}

/** Reads "lab 3: …" for each lane, and goes on reading so that the child never waits for us. */
async function numbersOf(stdout: ReadableStream<Uint8Array>, count: number): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  (async () => {
    let text = "";
    for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const numbers = [...text.matchAll(/^lab (\d+):/gm)].map(([, number]) => Number(number));
      if (numbers.length >= count) resolve(numbers);
    }
    reject(new Error(`the lab ended: ${text}`));
  })();
  return await promise;
}

/** A guard against hanging, not a measure. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!await isSo() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
