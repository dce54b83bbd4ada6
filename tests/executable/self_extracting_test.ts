import assert from "node:assert/strict";
import { compressRuntime, selfExtracting } from "../../scripts/executable/self_extracting.ts";
import { testWith } from "../support/needs.ts";

/** In place of Deno: leaves its own flags out and prints what the program is given. */
const fakeRuntime = `#!/bin/sh
# ${"so long that it comes in parts ".repeat(90_000)}
[ "$1" = --version ] && exit 0
while [ "$1" != "\${1#-}" ] || [ "$1" = run ]; do shift; done
main=$1; shift
printf '%s|' "$(cat "$main")" "$@"
`;

interface Bench {
  readonly folder: string;
  readonly executable: string;
  start(args: readonly string[], env?: Record<string, string>): Promise<Deno.CommandOutput>;
}

async function makeExecutable(runtime: string, main = "program"): Promise<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text);
  return await selfExtracting({
    version: "0.0.0",
    machine: "x86_64",
    runtime: await compressRuntime(encode(runtime)),
    files: [{ path: "core/x_worker.js", bytes: encode("x") }, {
      path: "main.js",
      bytes: encode(main),
    }],
  });
}

async function withExecutable(
  bytes: Uint8Array,
  check: (bench: Bench) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const executable = `${folder}/khutulun`;
  await Deno.writeFile(executable, bytes, { mode: 0o755 });
  const start = (args: readonly string[], env: Record<string, string> = {}) =>
    new Deno.Command(executable, {
      args: [...args],
      env: { PATH: "/usr/bin:/bin", KHUTULUN_CACHE: `${folder}/cache`, ...env },
      clearEnv: true,
    }).output();
  try {
    await check({ folder, executable, start });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map((entry) => entry.name);

Deno.test("selfExtracting() gives equal bytes for equal content", async () => {
  assert.deepEqual(await makeExecutable(fakeRuntime), await makeExecutable(fakeRuntime));
});

Deno.test("executable passes arguments as they are, at the first start and at later ones", async () => {
  await withExecutable(await makeExecutable(fakeRuntime), async ({ folder, start }) => {
    const args = ["a b", "", "$HOME", "line\nbreak", "ü", "-x"];
    const wanted = `program|${args.join("|")}|`;
    assert.equal(textOf((await start(args)).stdout), wanted);
    const [digest] = namesIn(`${folder}/cache`);
    const { ino, mode } = await Deno.stat(`${folder}/cache/${digest}`);
    assert.equal(mode! & 0o777, 0o700);
    assert.equal(textOf((await start(args)).stdout), wanted);
    assert.equal((await Deno.stat(`${folder}/cache/${digest}`)).ino, ino);
  });
});

Deno.test("executable survives many first starts at once, and leaves one folder", async () => {
  await withExecutable(await makeExecutable(fakeRuntime), async ({ folder, start }) => {
    const outputs = await Promise.all(
      Array.from({ length: 12 }, (_, index) => start([`${index}`])),
    );
    assert.deepEqual(
      outputs.map(({ stdout }) => textOf(stdout)).sort(),
      [
        ...Array.from({ length: 12 }, (_, index) => `program|${index}|`),
      ].sort(),
    );
    const names = namesIn(`${folder}/cache`);
    assert.equal(names.length, 1);
    assert.match(names[0], /^[0-9a-f]{64}$/);
  });
});

Deno.test("executable refuses to start when it is damaged", async () => {
  const bytes = await makeExecutable(fakeRuntime);
  bytes[bytes.length - 5] ^= 1;
  await withExecutable(bytes, async ({ folder, start }) => {
    const { code, stderr } = await start([]);
    assert.equal(code, 1);
    assert.match(textOf(stderr), /PLATFORM_EXECUTABLE_DAMAGED[^]*fix: {2}Copy the file again/);
    assert.deepEqual(namesIn(`${folder}/cache`), []);
  });
});

Deno.test("executable names the variable to set when no folder can be written", async () => {
  await withExecutable(await makeExecutable(fakeRuntime), async ({ executable, start }) => {
    const { code, stderr } = await start([], { KHUTULUN_CACHE: `${executable}/below-a-file` });
    assert.equal(code, 1);
    assert.match(textOf(stderr), /PLATFORM_NO_CACHE[^]*cannot? ?be written|can be written/);
    assert.match(textOf(stderr), /fix: {2}Set KHUTULUN_CACHE to a folder/);
  });
});

Deno.test("executable says so when nothing can be run where it unpacks, and leaves nothing", async () => {
  await withExecutable(await makeExecutable("not a program"), async ({ folder, start }) => {
    const { code, stderr } = await start([]);
    assert.equal(code, 1);
    assert.match(textOf(stderr), /PLATFORM_NO_CACHE[^]*noexec/);
    assert.deepEqual(namesIn(`${folder}/cache`), []);
  });
});

testWith(["root"], "executable does not run what another user has put in its place", async () => {
  await withExecutable(await makeExecutable(fakeRuntime), async ({ folder, start }) => {
    await start([]);
    const [digest] = namesIn(`${folder}/cache`);
    await Deno.writeTextFile(`${folder}/cache/${digest}/main.js`, "evil");
    await Deno.chown(`${folder}/cache/${digest}`, 12345, 12345);
    const { code, stdout, stderr } = await start([]);
    assert.equal(textOf(stdout), "");
    assert.equal(code, 1);
    assert.match(textOf(stderr), /is there, and not ours/);
  });
});

Deno.test("executable shares its runtime with another version that has the same", async () => {
  const [older, newer] = await Promise.all([
    makeExecutable(fakeRuntime, "older"),
    makeExecutable(fakeRuntime, "newer"),
  ]);
  await withExecutable(older, async ({ folder, executable, start }) => {
    assert.match(textOf((await start([])).stdout), /^older/);
    await Deno.writeFile(`${executable}.new`, newer, { mode: 0o755 });
    await Deno.rename(`${executable}.new`, executable);
    assert.match(textOf((await start([])).stdout), /^newer/);
    const inodes = namesIn(`${folder}/cache`).map((name) =>
      Deno.statSync(`${folder}/cache/${name}/deno`).ino
    );
    assert.equal(inodes.length, 2);
    assert.equal(new Set(inodes).size, 1);
  });
});

Deno.test("executable is one archive for those who look inside", async () => {
  await withExecutable(await makeExecutable(fakeRuntime), async ({ folder, executable }) => {
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'tail -c +8193 "$0" | gzip -dc | tar -xf - -C "$1"', executable, folder],
    }).output();
    assert.ok(success, textOf(stderr));
    assert.equal(Deno.readTextFileSync(`${folder}/deno`), fakeRuntime);
    assert.equal(Deno.readTextFileSync(`${folder}/main.js`), "program");
  });
});

Deno.test("executable takes away versions that nobody uses, and keeps those that run", async () => {
  await withExecutable(await makeExecutable(fakeRuntime), async ({ folder, start }) => {
    const cache = `${folder}/cache`;
    const old = new Date(Date.now() - 3 * 86_400_000);
    for (const name of ["aaaa", "bbbb", "cccc"]) {
      await Deno.mkdir(`${cache}/${name}`, { recursive: true });
      await Deno.copyFile("/bin/sleep", `${cache}/${name}/deno`);
      await Deno.writeTextFile(`${cache}/${name}/used`, "");
    }
    await Deno.mkdir(`${cache}/.unpack.killed`);
    for (const path of ["aaaa/used", "bbbb/used", ".unpack.killed"]) {
      await Deno.utime(`${cache}/${path}`, old, old);
    }
    const running = new Deno.Command(`${cache}/bbbb/deno`, { args: ["60"] }).spawn();
    try {
      assert.equal((await start([])).code, 0);
      const left = namesIn(cache).filter((name) => name.length < 64).sort();
      assert.deepEqual(left, ["bbbb", "cccc"]); // "bbbb" runs, "cccc" was started today
    } finally {
      running.kill("SIGKILL");
      await running.status;
    }
  });
});
