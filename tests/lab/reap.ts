import { run } from "./command.ts";
import { cgroupRoot, cgroupRootV1 } from "./machine.ts";

const killMsMax = 10_000;

/**
 * Takes away everything of a run: processes, mounts, loop devices, links, namespaces, control groups, files.
 *
 * It looks for what is there instead of trusting what a run wrote down, so it serves both for a run that ends well and
 * for one that was killed at any moment. Returns what is still there afterwards: nothing, unless the kernel refuses.
 */
export async function reap(folder: string, prefix: string): Promise<string[]> {
  for (const group of cgroupsOf(prefix, cgroupRoot)) await killGroup(group);
  await unmountBelow(folder);
  await detachLoops(folder);
  for (const name of await namespacesOf(prefix)) await run(["ip", "netns", "delete", name]);
  for (const link of linksOf(prefix)) await run(["ip", "link", "delete", link]);
  for (const root of [cgroupRoot, cgroupRootV1]) {
    for (const group of root ? cgroupsOf(prefix, root) : []) await removeGroup(group);
  }
  await run(["rm", "-rf", "--one-file-system", folder], { timeoutMs: 120_000 });
  return await remains(folder, prefix);
}

/** Returns what is there of a run, a line each. */
export async function remains(folder: string, prefix: string): Promise<string[]> {
  return [
    ...(await mountsBelow(folder)).map((path) => `mount ${path}`),
    ...(await loopsOf(folder)).map((device) => `loop device ${device}`),
    ...(await namespacesOf(prefix)).map((name) => `network namespace ${name}`),
    ...linksOf(prefix).map((name) => `link ${name}`),
    ...[cgroupRoot, cgroupRootV1].flatMap((root) => root ? cgroupsOf(prefix, root) : [])
      .map((path) => `control group ${path}`),
    ...(await Deno.stat(folder).then(() => [`folder ${folder}`], () => [])),
  ];
}

/** Kills every process of a control group and waits until none is left. */
export async function killGroup(group: string): Promise<void> {
  await Deno.writeTextFile(`${group}/cgroup.kill`, "1").catch(() => {});
  const deadline = performance.now() + killMsMax;
  while (performance.now() < deadline) {
    const events = await Deno.readTextFile(`${group}/cgroup.events`).catch(() => "populated 0");
    if (events.includes("populated 0")) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function removeGroup(group: string): Promise<void> {
  await run(["find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
}

/** The innermost come first; one that is busy for a moment longer is taken out of sight and goes by itself. */
async function unmountBelow(folder: string): Promise<void> {
  for (const path of await mountsBelow(folder)) {
    if ((await run(["umount", path])).exit !== 0) await run(["umount", "--lazy", path]);
  }
}

async function mountsBelow(folder: string): Promise<string[]> {
  const table = await Deno.readTextFile("/proc/self/mountinfo");
  return table.split("\n").map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${folder}/`)).reverse();
}

async function detachLoops(folder: string): Promise<void> {
  for (const device of await loopsOf(folder)) await run(["losetup", "--detach", device]);
}

async function loopsOf(folder: string): Promise<string[]> {
  const { stdout } = await run(["losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE"]);
  return stdout.split("\n").map((line) => line.trim().split(/\s+/))
    .filter(([, file]) => file?.startsWith(`${folder}/`)).map(([device]) => device);
}

async function namespacesOf(prefix: string): Promise<string[]> {
  const { stdout } = await run(["ip", "netns", "list"]);
  return stdout.split("\n").map((line) => line.split(" ")[0]).filter((name) => isOf(name, prefix));
}

function linksOf(prefix: string): string[] {
  return [...Deno.readDirSync("/sys/class/net")].map((entry) => entry.name)
    .filter((name) => isOf(name, prefix));
}

function cgroupsOf(prefix: string, root: string): string[] {
  return [...Deno.readDirSync(root)].map((entry) => entry.name)
    .filter((name) => isOf(name, prefix)).map((name) => `${root}/${name}`);
}

function isOf(name: string, prefix: string): boolean {
  return name === prefix || name.startsWith(`${prefix}-`);
}
