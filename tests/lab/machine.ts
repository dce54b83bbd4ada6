import { run } from "./command.ts";

/** Commands that the lab calls, with the Debian package that has each. */
const commands: Readonly<Record<string, string>> = {
  "systemd-nspawn": "systemd-container",
  "mmdebstrap": "mmdebstrap",
  "ip": "iproute2",
  "mkfs.ext4": "e2fsprogs",
  "losetup": "mount",
  "nsenter": "util-linux",
  "setpriv": "util-linux",
};

/** Bits of the effective capabilities that hosts cannot be made without. */
const capabilities = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n, CAP_MKNOD: 27n };

/** Where the tree of control groups (version 2) is mounted; beside version 1 on a hybrid machine. */
export const cgroupRoot = isDirectory("/sys/fs/cgroup/unified")
  ? "/sys/fs/cgroup/unified"
  : "/sys/fs/cgroup";

/** The named version 1 tree of a hybrid machine, which systemd in a host must have to itself too. */
export const cgroupRootV1 = cgroupRoot === "/sys/fs/cgroup/unified" &&
    isDirectory("/sys/fs/cgroup/systemd")
  ? "/sys/fs/cgroup/systemd"
  : undefined;

/** The release of Debian that the hosts are made of. */
export const suite = "bookworm";

const aptSourceFiles = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];

/** Returns the machine's own sources of a Debian release, one-line entries or paragraphs: mmdebstrap reads either. */
export async function aptSources(release: string): Promise<string | undefined> {
  for (const file of aptSourceFiles) {
    const text = await Deno.readTextFile(file).catch(() => "");
    if (text.includes(release)) return text;
  }
  return undefined;
}

/** Returns why hosts cannot be booted on this machine, or nothing where they can. */
export async function whyNoLab(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "the lab needs Linux";
  if (Deno.uid() !== 0) return "the lab needs root";
  const lacking = [];
  for (const [command, pack] of Object.entries(commands)) {
    if (!await isInPath(command)) lacking.push(pack);
  }
  if (lacking.length > 0) {
    return `the lab needs Debian packages: apt-get install ${[...new Set(lacking)].join(" ")}`;
  }
  const status = await Deno.readTextFile("/proc/self/status");
  const effective = BigInt(`0x${status.match(/^CapEff:\s*(\w+)/m)?.[1] ?? "0"}`);
  for (const [name, bit] of Object.entries(capabilities)) {
    if (!(effective >> bit & 1n)) return `the lab needs the capability ${name}`;
  }
  if (!isFile("/dev/loop-control")) return "the lab needs loop devices (/dev/loop-control)";
  if (!await aptSources(suite)) {
    return `the lab needs sources of Debian "${suite}" (${aptSourceFiles.join(" or ")})`;
  }
  return await whyNoCgroup();
}

async function whyNoCgroup(): Promise<string | undefined> {
  const path = `${cgroupRoot}/khutulun-lab-probe-${Deno.pid}`;
  try {
    await Deno.mkdir(path);
  } catch (error) {
    return `the lab needs a writable tree of control groups, version 2 (${message(error)})`;
  }
  const canKill = isFile(`${path}/cgroup.kill`);
  await Deno.remove(path);
  return canKill ? undefined : "the lab needs Linux 5.14 or newer (cgroup.kill)";
}

async function isInPath(command: string): Promise<boolean> {
  return (await run(["sh", "-c", `command -v ${command}`])).exit === 0;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
