import { FileError, type FileInfo, type Files, type HeldLock, type Locks } from "../ports/mod.ts";
import { type Fault, Faults } from "./faults.ts";
import type { MemoryDisk } from "./memory_disk.ts";

/** A disk at a path: the host's own at `/`, shared ones below. */
export interface MemoryMount {
  readonly at: string;
  readonly disk: MemoryDisk;
}

/**
 * The files of one process in memory: disks for what is there, faults for what goes wrong.
 *
 * A mounted disk is seen from its root: `/mnt/khutulun/cluster.yaml` is `/cluster.yaml` on the disk at `/mnt/khutulun`.
 */
export class MemoryFiles implements Files {
  readonly #mounts: readonly MemoryMount[];
  readonly #faults: Faults;
  readonly #listings = new Map<string, { atMs: number; names: string[] }>();

  /** `disk` is the host's own; `mounts` lie over it. */
  constructor(disk: MemoryDisk, faults = new Faults(), mounts: readonly MemoryMount[] = []) {
    this.#faults = faults;
    this.#mounts = [...mounts, { at: "", disk }]
      .sort((a, b) => b.at.length - a.at.length);
  }

  readText(path: string): Promise<string> {
    return this.#look("readText", path, (disk, at) => decoder.decode(disk.readBytes(at)));
  }

  readBytes(path: string): Promise<Uint8Array> {
    return this.#look("readBytes", path, (disk, at) => disk.readBytes(at));
  }

  writeNew(
    path: string,
    content: string | Uint8Array,
    options: { mode?: number } = {},
  ): Promise<void> {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    const mode = options.mode ?? 0o644;
    return this.#change(
      "writeNew",
      path,
      (disk, at) => void disk.writeNew(at, bytes, mode),
      (disk, at) => void disk.writeNew(at, bytes.slice(0, bytes.length >> 1), mode, false),
    );
  }

  append(
    path: string,
    content: string,
    options: { mode?: number; sync?: boolean } = {},
  ): Promise<void> {
    const bytes = encoder.encode(content);
    const { mode = 0o644, sync = false } = options;
    return this.#change(
      "append",
      path,
      (disk, at) => disk.append(at, bytes, mode, sync),
      (disk, at) => disk.append(at, bytes.slice(0, bytes.length >> 1), mode, false),
    );
  }

  link(from: string, to: string): Promise<void> {
    return this.#changeTwo("link", from, to, (disk, source, target) => disk.link(source, target));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#changeTwo(
      "rename",
      from,
      to,
      (disk, source, target) => disk.rename(source, target),
    );
  }

  remove(path: string): Promise<void> {
    return this.#change("remove", path, (disk, at) => disk.remove(at));
  }

  makeDirectory(path: string, options: { mode?: number; parents?: boolean } = {}): Promise<void> {
    const { mode = 0o755, parents = false } = options;
    return this.#change(
      "makeDirectory",
      path,
      (disk, at) => disk.makeDirectory(at, mode, parents),
    );
  }

  removeDirectory(path: string): Promise<void> {
    return this.#change("removeDirectory", path, (disk, at) => disk.removeDirectory(at));
  }

  list(path: string): Promise<string[]> {
    return this.#look("list", path, (disk, at, _mount, fault) => {
      const known = this.#listings.get(path);
      const staleMs = fault && "staleListMs" in fault ? fault.staleListMs : 0;
      if (known && disk.nowMs() - known.atMs < staleMs) return [...known.names];
      const names = disk.list(at);
      this.#listings.set(path, { atMs: disk.nowMs(), names });
      return [...names];
    });
  }

  stat(path: string): Promise<FileInfo | undefined> {
    return this.#look("stat", path, (disk, at) => disk.stat(at));
  }

  realPath(path: string): Promise<string> {
    return this.#look("realPath", path, (disk, at, mount) => `${mount}${disk.realPath(at)}`);
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#change("setMode", path, (disk, at) => disk.change(at, { mode }));
  }

  setOwner(path: string, uid: number, gid: number): Promise<void> {
    return this.#change("setOwner", path, (disk, at) => disk.change(at, { uid, gid }));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#change("syncDirectory", path, (disk, at) => disk.syncDirectory(at));
  }

  /** Returns the disk that a path is on, and the path there. */
  on(path: string): { disk: MemoryDisk; at: string; mount: string } {
    const mount = this.#mounts.find(({ at }) => path === at || path.startsWith(`${at}/`))!;
    return { disk: mount.disk, at: path.slice(mount.at.length) || "/", mount: mount.at };
  }

  #look<T>(
    operation: string,
    path: string,
    look: (disk: MemoryDisk, at: string, mount: string, fault?: Fault) => T,
  ): Promise<T> {
    return this.#faults.attempt({
      operation,
      subject: path,
      isEffect: false,
      perform: (fault) => {
        const { disk, at, mount } = this.on(path);
        return look(disk, at, mount, fault);
      },
    });
  }

  #change(
    operation: string,
    path: string,
    change: (disk: MemoryDisk, at: string) => void,
    torn?: (disk: MemoryDisk, at: string) => void,
  ): Promise<void> {
    const { disk, at } = this.on(path);
    return this.#faults.attempt({
      operation,
      subject: path,
      isEffect: true,
      perform: () => change(disk, at),
      ...(torn && { performTorn: () => torn(disk, at) }),
    });
  }

  #changeTwo(
    operation: string,
    from: string,
    to: string,
    change: (disk: MemoryDisk, from: string, to: string) => void,
  ): Promise<void> {
    const [source, target] = [this.on(from), this.on(to)];
    return this.#faults.attempt({
      operation,
      subject: `${from} ${to}`,
      isEffect: true,
      perform: () => {
        if (source.disk !== target.disk) throw new FileError("EXDEV", operation, to);
        change(source.disk, source.at, target.at);
      },
    });
  }
}

/** The locks of one process: they go with it. */
export class MemoryLocks implements Locks {
  readonly #files: MemoryFiles;
  readonly #faults: Faults;

  constructor(files: MemoryFiles, faults = new Faults()) {
    this.#files = files;
    this.#faults = faults;
  }

  tryLock(path: string): Promise<HeldLock | undefined> {
    return this.#faults.attempt({
      operation: "tryLock",
      subject: path,
      isEffect: false,
      perform: (fault) => {
        const { disk, at } = this.#files.on(path);
        const { inode } = disk.find(at) ?? disk.writeNew(at, new Uint8Array(), 0o644);
        if (disk.locks.has(inode) && !(fault && "lostLock" in fault)) return undefined;
        return this.#hold(disk.locks, inode);
      },
    });
  }

  #hold(locks: Map<number, object>, inode: number): HeldLock {
    const holder = {};
    locks.set(inode, holder);
    const release = () => {
      if (locks.get(inode) === holder) locks.delete(inode);
    };
    this.#faults.onStop(release);
    return { release: () => Promise.resolve(release()) };
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
