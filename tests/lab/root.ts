import { must, run } from "./command.ts";
import { aptSources, suite } from "./machine.ts";

/** What a bare Debian host has: systemd with its buses, and what a sysadmin looks with. Nothing of ours, and no network. */
const packages = [
  ...["systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "polkitd"],
  ...["iproute2", "iputils-ping", "procps", "curl", "netcat-openbsd", "python3", "nftables"],
  // A file system that can be frozen, as one of a server that hangs.
  ...["fuse3", "bindfs"],
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

/** A root file system that nobody asked for in this time is removed. */
const unusedMsMax = 24 * 3_600_000;

/**
 * Returns the folder of a root file system, with some packages more, that hosts have below their own files, and makes it
 * where it is missing. Its name has the digest of all that decides its content, so that a change of this file makes a new
 * one.
 */
export async function ensureRoot(
  cache: string,
  say: (line: string) => void,
  more: readonly string[] = [],
): Promise<string> {
  const recipe = JSON.stringify([[...packages, ...more], suite, arrange]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(recipe));
  const path = `${cache}/root-${new Uint8Array(digest).slice(0, 6).toHex()}`;
  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(`${cache}/root.lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(path)) {
    await Deno.utime(path, new Date(), new Date());
    return path;
  }
  const what = ["the root file system of the hosts", ...more].join(" and ");
  say(`making ${what} in "${path}" (once, about a minute)`);
  await Deno.remove(`${path}.new`, { recursive: true }).catch(() => {});
  await makeRoot(`${path}.new`, more);
  await Deno.rename(`${path}.new`, path);
  return path;
}

/** Makes a root file system in a folder that is not there yet. */
export async function makeRoot(path: string, more: readonly string[]): Promise<void> {
  const include = [...packages, ...more];
  await must([
    ...tied,
    ...["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root"],
    ...['--aptopt=Apt::Install-Recommends "false"', `--include=${include.join(",")}`],
    ...[suite, path],
  ], { timeoutMs: 15 * 60_000, stdin: await aptSources(suite) });
  await must([...tied, "chroot", path, "sh", "-c", arrange]);
}

/** Removes root file systems that nobody uses any more. */
export async function pruneRoots(cache: string): Promise<void> {
  const mounts = await Deno.readTextFile("/proc/self/mountinfo");
  for (const { name } of [...Deno.readDirSync(cache)]) {
    const path = `${cache}/${name}`;
    if (!/^root-\w+(\.new)?$/.test(name) || mounts.includes(path)) continue;
    const { mtime } = await Deno.stat(path);
    if (Date.now() - (mtime?.getTime() ?? 0) < unusedMsMax) continue;
    await run(["rm", "-rf", "--one-file-system", path], { timeoutMs: 120_000 });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
