import { must, run } from "./command.ts";
import { aptSources, suite } from "./machine.ts";

/** What a bare Debian host has: systemd with its buses, and what a sysadmin looks with. Nothing of ours, and no network. */
const packages = [
  ...["systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "polkitd"],
  ...["iproute2", "iputils-ping", "procps", "curl", "netcat-openbsd", "python3", "nftables"],
];

/**
 * Runs a command so that it and all that it has started and mounted are gone when we are, however we end: in namespaces
 * of its own, the first process of which is killed with us.
 */
const tied = [
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child=KILL"],
];

/** Units that would wait for a network, a clock or a mirror that no host of the lab has. */
const masked = [
  ...["systemd-networkd.service", "systemd-networkd-wait-online.service"],
  ...["systemd-timesyncd.service", "e2scrub_reap.service", "apt-daily.timer"],
  ...["apt-daily-upgrade.timer"],
];

/** Made in the new root: a user who lingers, one who does not, and masks. */
const arrange = `
set -eu
useradd -m -s /bin/bash -u 1000 -p '*' alice
useradd -m -s /bin/bash -u 1001 -p '*' bob
mkdir -p /var/lib/systemd/linger
touch /var/lib/systemd/linger/alice
rm -f /etc/resolv.conf; : > /etc/resolv.conf
for unit in ${masked.join(" ")}; do ln -sf /dev/null /etc/systemd/system/$unit; done
`;

/**
 * Returns the folder of the root file system that all hosts have below their own files, and makes it where it is
 * missing. Its name has the digest of all that decides its content, so that a change of this file makes a new one.
 */
export async function ensureRoot(cache: string, say: (line: string) => void): Promise<string> {
  const recipe = JSON.stringify([packages, suite, arrange]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(recipe));
  const path = `${cache}/root-${new Uint8Array(digest).slice(0, 6).toHex()}`;
  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(`${cache}/root.lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(path)) return path;
  say(`making the root file system of the hosts in "${path}" (once, about a minute)`);
  await Deno.remove(`${path}.new`, { recursive: true }).catch(() => {});
  await makeRoot(`${path}.new`);
  await Deno.rename(`${path}.new`, path);
  return path;
}

/** Makes a root file system in a folder that is not there yet. */
export async function makeRoot(path: string): Promise<void> {
  await must([
    ...tied,
    ...["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root"],
    ...['--aptopt=Apt::Install-Recommends "false"', `--include=${packages.join(",")}`],
    ...[suite, path],
  ], { timeoutMs: 15 * 60_000, stdin: await aptSources(suite) });
  await must([...tied, "chroot", path, "sh", "-c", arrange]);
}

/** Removes roots that are not `current`, unless something is mounted from them. */
export async function pruneRoots(cache: string, current: string): Promise<void> {
  const mounts = await Deno.readTextFile("/proc/self/mountinfo");
  for (const { name } of [...Deno.readDirSync(cache)]) {
    const path = `${cache}/${name}`;
    if (!/^root-\w+(\.new)?$/.test(name) || path === current || mounts.includes(path)) continue;
    await run(["rm", "-rf", "--one-file-system", path], { timeoutMs: 120_000 });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
