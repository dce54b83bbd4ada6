import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryState, problemCodeOf, walkCrashes } from "../../tests/support/memory_store.ts";
import { contextOf, type StoreOptions } from "./_context.ts";
import { packageDigest, type PackageFile } from "./package_digest.ts";
import { DirectoryPackages } from "./packages.ts";

const where = { namespace: "common", kind: "template", name: "hello-world" } as const;

function packages(options: StoreOptions): DirectoryPackages {
  return new DirectoryPackages(contextOf(options));
}

function filesOf(texts: Record<string, string>, executable: readonly string[] = []) {
  const encoder = new TextEncoder();
  return new Map<string, PackageFile>(
    Object.entries(texts).map(([path, text]) => [
      path,
      { bytes: encoder.encode(text), executable: executable.includes(path) },
    ]),
  );
}

const first = filesOf({ "service.yaml": "a: 1\n", "scripts/web.py": "print()\n" }, [
  "scripts/web.py",
]);
const second = filesOf({ "service.yaml": "a: 2\n" });

Deno.test("put() keeps files with their modes under their digest, and points the name at it", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = packages(state.life().options);
    assert.equal(await those.current(where), undefined);
    const ref = await those.put(where, first, { entry: "service.yaml" });
    assert.equal(ref.digest, packageDigest(first));
    assert.deepEqual(await those.current(where), ref);
    assert.deepEqual(await those.files(ref), first);
    assert.equal(state.disk.stat(those.path(ref, "scripts/web.py"))?.mode, 0o755);
    const next = await those.put(where, second, {});
    assert.deepEqual(await those.current(where), next);
    assert.deepEqual(await those.files(ref), first);
    const listed = await those.list("common", "template");
    assert.deepEqual(listed.map(({ digest }) => digest).sort(), [ref.digest, next.digest].sort());
    assert.deepEqual(listed.find(({ digest }) => digest === ref.digest)?.facts, {
      entry: "service.yaml",
    });
  })());
});

Deno.test("put() of the same again changes nothing, and of an old one points back to it", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = packages(state.life().options);
    const ref = await those.put(where, first, {});
    const before = state.disk.texts();
    const again = state.life();
    await packages(again.options).put(where, new Map([...first].reverse()), { other: true });
    assert.deepEqual(state.disk.texts(), before);
    assert.deepEqual(again.faults.effects, []);
    await those.put(where, second, {});
    await those.put(where, first, {});
    assert.deepEqual(await those.current(where), ref);
  })());
});

Deno.test("put() refuses paths that lead out of the package or cannot be told apart", async () => {
  const state = await MemoryState.seeded();
  const before = state.disk.texts();
  const paths = [
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "a\nb",
    "a\0b",
    "x".repeat(1_001),
    "\ud800",
  ];
  for (const path of paths) {
    const { options } = state.life();
    const code = await state.clock.run(
      problemCodeOf(packages(options).put(where, filesOf({ "ok.yaml": "", [path]: "" }), {})),
    );
    assert.equal(code, "STATE_PACKAGE_PATH", JSON.stringify(path));
    assert.throws(
      () => packages(options).path({ ...where, digest: `sha256:${"0".repeat(64)}` }, path),
      /STATE_PACKAGE_PATH/,
    );
  }
  for (const files of [filesOf({}), filesOf({ "a": "", "a/b": "" })]) {
    const code = await state.clock.run(
      problemCodeOf(packages(state.life().options).put(where, files, {})),
    );
    assert.equal(code, "STATE_PACKAGE_PATH");
  }
  assert.deepEqual(state.disk.texts(), before);
});

Deno.test("files() refuses what was changed, added, taken away or made executable", async () => {
  const tamper: ((state: MemoryState, directory: string) => void)[] = [
    ({ disk }, at) => disk.append(`${at}/service.yaml`, new TextEncoder().encode("#"), 0o644, true),
    ({ disk }, at) => void disk.writeNew(`${at}/more`, new Uint8Array(), 0o644),
    ({ disk }, at) => disk.remove(`${at}/service.yaml`),
    ({ disk }, at) => disk.change(`${at}/service.yaml`, { mode: 0o755 }),
    ({ disk }, at) => {
      disk.remove(`${at}/service.yaml`);
      disk.symlink("/etc/passwd", `${at}/service.yaml`);
    },
  ];
  for (const each of tamper) {
    const state = await MemoryState.seeded();
    await state.clock.run((async () => {
      const those = packages(state.life().options);
      const ref = await those.put(where, first, {});
      each(state, those.path(ref, "x").slice(0, -2));
      assert.equal(await problemCodeOf(those.files(ref)), "STATE_PACKAGE_DAMAGED");
      await those.put(where, first, {});
      assert.deepEqual(await those.files(ref), first, "registered again, it is mended");
    })());
  }
});

Deno.test("put() leaves a package alone that it cannot read: others use it", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = packages(state.life().options);
    const ref = await those.put(where, first, {});
    const fault = { timesOutMs: 10_000, isDone: "before" } as const;
    const rules = [{
      operations: ["readBytes"] as const,
      subject: /service\.yaml$/,
      times: 1,
      fault,
    }];
    const put = packages(state.life({ rules }).options).put(where, first, {});
    assert.equal(await problemCodeOf(put), "STATE_UNREACHABLE");
    assert.deepEqual(await those.files(ref), first);
  })());
});

Deno.test("files() names a package that is not there", async () => {
  const state = await MemoryState.seeded();
  const those = packages(state.life().options);
  const read = (digest: string) =>
    state.clock.run(problemCodeOf(those.files({ ...where, digest })));
  assert.equal(await read(`sha256:${"0".repeat(64)}`), "STATE_PACKAGE_MISSING");
  assert.equal(await read("sha256:../../../hosts"), "STATE_PACKAGE_MISSING");
});

Deno.test("remove() leaves the newest of the others current, and nothing after the last", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const those = packages(state.life().options);
    const old = await those.put(where, first, {});
    await state.clock.sleep(1_000);
    const current = await those.put(where, second, {});
    await those.remove(current);
    assert.deepEqual(await those.current(where), old);
    assert.equal(await problemCodeOf(those.files(current)), "STATE_PACKAGE_MISSING");
    await those.remove(old);
    await those.remove(old);
    assert.equal(await those.current(where), undefined);
    assert.deepEqual(await those.list("common", "template"), []);
  })());
  assert.deepEqual(Object.keys(state.disk.texts("/state/namespaces")), []);
});

Deno.test("put() and remove() killed at any effect leave packages whole, and can be done again", async () => {
  await walkCrashes(
    () => MemoryState.seeded(),
    async (options) => {
      const those = packages(options);
      const ref = await those.put(where, first, {});
      await those.put(where, second, {});
      await those.remove(ref);
    },
    async ({ state, end, where: moment }) => {
      await state.clock.run(
        (async () => {
          const those = packages(state.life().options);
          const current = await those.current(where);
          if (end === "acknowledged") assert.equal(current?.digest, packageDigest(second), moment);
          if (current) await those.files(current);
          for (const each of await those.list("common", "template")) await those.files(each);
          await those.put(where, first, {});
          await those.put(where, second, {});
          assert.deepEqual(await those.files((await those.current(where))!), second, moment);
          await state.clock.sleep(2 * 60 * 60 * 1_000);
          await those.list("common", "template");
          assert.deepEqual(state.temporaryFiles(), [], moment);
        })(),
        86_400_000,
      );
    },
  );
});

Deno.test("packageDigest() depends on paths, modes and contents, and not on their order", () => {
  const file = fc.record({ bytes: fc.uint8Array({ maxLength: 4 }), executable: fc.boolean() });
  const files = fc.dictionary(fc.stringMatching(/^[a-c]{1,2}$/), file, { minKeys: 1, maxKeys: 4 });
  fc.assert(fc.property(files, fc.nat(), (record, pick) => {
    const entries = Object.entries(record);
    const digest = packageDigest(new Map(entries));
    assert.equal(packageDigest(new Map([...entries].reverse())), digest);
    const changed = new Map(entries);
    const [path, each] = entries[pick % entries.length];
    changed.set(path, { ...each, executable: !each.executable });
    assert.notEqual(packageDigest(changed), digest);
  }));
});
