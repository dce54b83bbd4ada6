import assert from "node:assert/strict";
import { readSystemdFacts } from "./facts.ts";

async function withRoot(paths: readonly string[], check: (root: string) => Promise<void>) {
  const root = await Deno.makeTempDir();
  try {
    for (const path of paths) await Deno.mkdir(`${root}${path}`, { recursive: true });
    await check(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const uid = Deno.uid()!;
const places = { uid, userName: "alice", path: "/usr/local/bin:/usr/bin" };

Deno.test("readSystemdFacts() finds a booted systemd, its buses and a user that lingers", async () => {
  await withRoot([
    "/run/systemd/system",
    "/usr/bin/systemctl",
    "/run/dbus/system_bus_socket",
    `/run/user/${uid}/bus`,
    `/run/user/${uid}/systemd/private`,
    "/var/lib/systemd/linger/alice",
  ], async (root) => {
    assert.deepEqual(await readSystemdFacts({ ...places, root }), {
      uid,
      userName: "alice",
      isBooted: true,
      hasSystemctl: true,
      systemBus: "/run/dbus/system_bus_socket",
      runtimeDirectory: `/run/user/${uid}`,
      userBus: `/run/user/${uid}/bus`,
      hasUserManager: true,
      isLingering: true,
    });
  });
});

Deno.test("readSystemdFacts() finds nothing on a machine without systemd", async () => {
  await withRoot([], async (root) => {
    const facts = await readSystemdFacts({ ...places, root });
    assert.equal(facts.isBooted || facts.hasSystemctl || facts.hasUserManager, false);
    assert.equal(facts.systemBus ?? facts.userBus ?? facts.runtimeDirectory, undefined);
  });
});

Deno.test("readSystemdFacts() does not believe a runtime directory of another user", async () => {
  await withRoot(["/run/user/4000/bus"], async (root) => {
    const wanted = { ...places, root, uid: uid + 1, runtimeDirectory: "/run/user/4000" };
    assert.equal((await readSystemdFacts(wanted)).runtimeDirectory, undefined);
  });
});
