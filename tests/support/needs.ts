/**
 * Tests that need something of the machine: what is lacking is skipped with a printed reason, never silently.
 */

import { lackingPeer } from "../interop/memberlist_peer.ts";

/** What a test may need of a machine; `undefined` when it is there, else the reason why not. */
const needs = {
  root: () => Deno.uid() === 0 ? undefined : "needs root",
  fuse: () =>
    exists("/dev/fuse") && commandExists("fusermount3")
      ? undefined
      : "needs FUSE (/dev/fuse, fusermount3)",
  bindfs: () => commandExists("bindfs") ? undefined : "needs bindfs (a FUSE file system)",
  systemd: () =>
    exists("/run/systemd/system") ? undefined : "needs systemd as the machine's service manager",
  unsupervised: () =>
    exists("/run/systemd/system")
      ? "needs a machine on which nobody but the agent starts a killed process again"
      : undefined,
  corpus: () =>
    exists(corpusPath())
      ? undefined
      : `needs the TOSCA corpus at "${corpusPath()}" (set TOSCA_CORPUS)`,
  lab: () =>
    Deno.uid() === 0 && commandExists("systemd-nspawn") && labRootExists()
      ? undefined
      : "needs root, systemd-nspawn and the hosts' root file system (deno task lab makes it)",
  aarch64: () =>
    commandExists("qemu-aarch64") && exists("/usr/aarch64-linux-gnu/lib/libc.so.6")
      ? undefined
      : "needs qemu-user and libc6-arm64-cross",
  route: () =>
    /^\S+\t00000000\t/m.test(Deno.readTextFileSync("/proc/net/route"))
      ? undefined
      : "needs a default route",
  ipv6: () => hasIpv6() ? undefined : "needs IPv6 on the loopback interface",
  memberlist: () => lackingPeer(),
  setpriv: () => commandExists("setpriv") ? undefined : "needs setpriv (util-linux)",
  unshare: () => commandExists("unshare") ? undefined : "needs unshare (util-linux)",
  zsh: () => commandExists("zsh") ? undefined : "needs zsh",
  fish: () => commandExists("fish") ? undefined : "needs fish",
  python3: () => commandExists("python3") ? undefined : "needs python3",
} as const;

export type Need = keyof typeof needs;

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Where the TOSCA corpus is. */
export function corpusPath(): string {
  return Deno.env.get("TOSCA_CORPUS") ??
    new URL("../../../shared/tosca/corpus", import.meta.url).pathname;
}

/** Registers a test that runs where all needs are met; where one is not, it is skipped and the reason printed. */
export function testWith(
  wanted: readonly Need[],
  name: string,
  fn: (context: Deno.TestContext) => Promise<void> | void,
): void {
  const lacking = wanted.map((need) => needs[need]()).find((reason) => reason !== undefined);
  if (lacking) sayWhy(`${name}: ${lacking}`);
  Deno.test({ name, fn, ignore: lacking !== undefined });
}

function sayWhy(line: string): void {
  const path = Deno.env.get("KHUTULUN_TEST_SKIPS");
  if (path) Deno.writeTextFileSync(path, `${line}\n`, { append: true });
  else console.error(`skipped: ${line}`);
}

/** Made once by `deno task lab`; a test is no place to make it. */
function labRootExists(): boolean {
  const cache = Deno.env.get("KHUTULUN_LAB_CACHE") ?? "/var/cache/khutulun-lab";
  return exists(cache) && [...Deno.readDirSync(cache)].some(({ name }) => /^root-\w+$/.test(name));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a command is in PATH. */
export function commandExists(name: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => exists(`${folder}/${name}`));
}
