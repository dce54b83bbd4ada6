import { fileURLToPath } from "node:url";
import { must, startApart } from "./command.ts";
import { reap } from "./reap.ts";

const laboratoriesMax = 10;

/** Where runs of the lab, and the hosts' root file system, are kept. */
export const labCache = Deno.env.get("KHUTULUN_LAB_CACHE") ?? "/var/cache/khutulun-lab";

/**
 * One run of the lab on this machine: a number, a folder and a network of its own, so that several runs do not meet.
 *
 * Whoever holds the lock of the folder owns it. The lock goes with the process, however it ends; then a watchdog, or
 * the next run, takes away what was left.
 */
export interface Laboratory {
  readonly number: number;
  /** `…/runs/3`: all of this run is below it. */
  readonly folder: string;
  /** `khlab3`: begins the name of everything outside the folder (links, namespaces, control groups). */
  readonly prefix: string;
  /** A folder that every host sees as `/mnt/lab`. */
  readonly shared: string;
  readonly lock: Deno.FsFile;
}

/** Takes a free number, cleaning up after whoever had it, and makes the network of the run. */
export async function openLaboratory(cache: string): Promise<Laboratory> {
  const runs = `${cache}/runs`;
  await Deno.mkdir(runs, { recursive: true });
  for (let number = 0; number < laboratoriesMax; number++) {
    const lock = await tryLock(`${runs}/${number}.lock`);
    if (!lock) continue;
    const folder = `${runs}/${number}`;
    if (await isKept(folder)) {
      lock.close();
      continue;
    }
    const prefix = prefixOf(number);
    // Nothing of ours is there, but a network is: a run that keeps its files elsewhere has the number.
    if (!await exists(folder) && await exists(`/sys/class/net/${prefix}`)) {
      lock.close();
      continue;
    }
    await reap(folder, prefix);
    await Deno.mkdir(`${folder}/shared`, { recursive: true });
    startWatchdog(runs, number);
    await makeBridge(prefix, number);
    return { number, folder, prefix, shared: `${folder}/shared`, lock };
  }
  throw new Error(
    `All ${laboratoriesMax} labs of this machine are in use: remove kept ones with --remove`,
  );
}

/** Takes everything of a run away, and lets its number go. Returns what could not be taken away. */
export async function closeLaboratory(laboratory: Laboratory): Promise<string[]> {
  const left = await reap(laboratory.folder, laboratory.prefix);
  laboratory.lock.close();
  return left;
}

/** Leaves a run as it is for people to look at, until `removeKept()`. */
export async function keepLaboratory(laboratory: Laboratory): Promise<void> {
  await Deno.writeTextFile(`${laboratory.folder}/keep`, "");
  laboratory.lock.close();
}

/** Takes away the runs that were kept, and those that nobody owns: all, or those of `wanted`. Returns their numbers. */
export async function removeKept(cache: string, wanted: readonly number[]): Promise<number[]> {
  const removed: number[] = [];
  for (let number = 0; number < laboratoriesMax; number++) {
    if (wanted.length > 0 && !wanted.includes(number)) continue;
    const folder = `${cache}/runs/${number}`;
    if (!await exists(folder)) continue;
    const lock = await tryLock(`${cache}/runs/${number}.lock`);
    if (!lock) continue;
    await reap(folder, prefixOf(number));
    lock.close();
    removed.push(number);
  }
  return removed;
}

/** Begins the names of what a run has outside its folder; links may have 15 bytes in all. */
export function prefixOf(number: number): string {
  return `khlab${number}`;
}

/** Returns the address of a host, by its number in its run. */
export function addressOf(number: number, host: number): string {
  return `10.99.${70 + number}.${10 + host}`;
}

export async function isKept(folder: string): Promise<boolean> {
  return await exists(`${folder}/keep`);
}

async function makeBridge(bridge: string, number: number): Promise<void> {
  await must(["ip", "link", "add", bridge, "type", "bridge"]);
  await must(["ip", "address", "add", `10.99.${70 + number}.1/24`, "dev", bridge]);
  await must(["ip", "link", "set", bridge, "up"]);
}

function startWatchdog(runs: string, number: number): void {
  const script = fileURLToPath(new URL("./watchdog.ts", import.meta.url));
  startApart([Deno.execPath(), "run", "-A", script, runs, String(number)]);
}

async function tryLock(path: string): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(path, { create: true, write: true });
  if (await file.tryLock(true)) return file;
  file.close();
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
