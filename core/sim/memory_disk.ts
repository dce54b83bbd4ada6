import { assert } from "../base/mod.ts";
import { FileError, type FileErrorCode, type FileInfo } from "../ports/mod.ts";

/** What a name in a directory leads to. */
export type DiskNode = DiskFile | DiskDirectory | DiskLink;

interface NodeFacts {
  readonly inode: number;
  mode: number;
  uid: number;
  gid: number;
  modifiedMs: number;
  links: number;
}

export interface DiskFile extends NodeFacts {
  readonly kind: "file";
  bytes: Uint8Array;
  /** What a power loss leaves of it. */
  syncedBytes: Uint8Array;
}

export interface DiskDirectory extends NodeFacts {
  readonly kind: "directory";
  entries: Map<string, DiskNode>;
  /** The names that a power loss leaves. */
  syncedEntries: Map<string, DiskNode>;
}

export interface DiskLink extends NodeFacts {
  readonly kind: "symlink";
  readonly target: string;
}

const symlinksMax = 40;
let disks = 0;

/**
 * A file system in memory with POSIX semantics: inodes, link counts, symbolic links, and what a power loss takes.
 *
 * It is the disk, not the process that uses it: it outlives simulated crashes, and hosts may share one.
 */
export class MemoryDisk {
  readonly device = ++disks;
  readonly root: DiskDirectory;
  /** Inodes that somebody holds a lock on. */
  readonly locks = new Map<number, object>();
  /**
   * Whether any sync makes every earlier change of names last too, as a journal does (ext4, xfs, btrfs). POSIX
   * promises less, so that is off unless a test has commands that sync nothing.
   */
  isJournaled = false;
  #inodes = 1;

  constructor(readonly nowMs: () => number = () => 0) {
    this.root = this.#newDirectory(0o755);
  }

  /** Returns what a path leads to; nothing where there is none. Symbolic links on the way are followed. */
  find(path: string, followLast = true): DiskNode | undefined {
    const plain = this.#walk(path);
    if (plain !== "other") return plain;
    try {
      return this.#resolve(path, followLast).node;
    } catch (error) {
      if (error instanceof FileError && /^(ENOENT|ENOTDIR)$/.test(error.code)) return undefined;
      throw error;
    }
  }

  readBytes(path: string): Uint8Array {
    const node = this.#existing("read", path);
    if (node.kind !== "file") throw new FileError("EISDIR", "read", path);
    return node.bytes.slice();
  }

  /** Makes a file. `isSynced` tells whether its content outlasts a power loss (its name does after `syncDirectory`). */
  writeNew(path: string, bytes: Uint8Array, mode: number, isSynced = true): DiskFile {
    const { directory, name, node } = this.#resolve(path, false);
    if (node) throw new FileError("EEXIST", "create", path);
    const file: DiskFile = {
      kind: "file",
      ...this.#facts(mode),
      bytes: bytes.slice(),
      syncedBytes: isSynced ? bytes.slice() : new Uint8Array(),
    };
    this.#enter(directory, name, file);
    if (isSynced) this.#commit();
    return file;
  }

  append(path: string, bytes: Uint8Array, mode: number, isSynced: boolean): void {
    const found = this.find(path);
    if (found?.kind === "directory") throw new FileError("EISDIR", "append", path);
    const file = found as DiskFile | undefined ??
      this.writeNew(path, new Uint8Array(), mode);
    file.bytes = concatenate(file.bytes, bytes);
    file.modifiedMs = this.nowMs();
    if (!isSynced) return;
    file.syncedBytes = file.bytes.slice();
    this.#commit();
  }

  link(from: string, to: string): void {
    const source = this.#existing("link", from, false);
    if (source.kind === "directory") throw new FileError("EPERM", "link", from);
    const { directory, name, node } = this.#resolve(to, false);
    if (node) throw new FileError("EEXIST", "link", to);
    source.links++;
    this.#enter(directory, name, source);
  }

  symlink(target: string, path: string): void {
    const { directory, name, node } = this.#resolve(path, false);
    if (node) throw new FileError("EEXIST", "symlink", path);
    this.#enter(directory, name, { kind: "symlink", ...this.#facts(0o777), target });
  }

  rename(from: string, to: string): void {
    const source = this.#resolve(from, false);
    if (!source.node) throw new FileError("ENOENT", "rename", from);
    const target = this.#resolve(to, false);
    if (target.node === source.node) return;
    if (target.node?.kind === "directory") {
      if (source.node.kind !== "directory") throw new FileError("EISDIR", "rename", to);
      if (target.node.entries.size > 0) throw new FileError("ENOTEMPTY", "rename", to);
    }
    if (target.node) target.node.links--;
    source.directory.entries.delete(source.name);
    this.#enter(target.directory, target.name, source.node);
  }

  remove(path: string): void {
    const { directory, name, node } = this.#resolve(path, false);
    if (!node) throw new FileError("ENOENT", "remove", path);
    if (node.kind === "directory") throw new FileError("EISDIR", "remove", path);
    node.links--;
    directory.entries.delete(name);
    directory.modifiedMs = this.nowMs();
  }

  makeDirectory(path: string, mode: number, parents: boolean): void {
    const names = partsOf(path);
    if (parents) {
      for (let depth = 1; depth < names.length; depth++) {
        this.#makeOne(`/${names.slice(0, depth).join("/")}`, 0o755, true);
      }
    }
    this.#makeOne(path, mode, parents);
  }

  removeDirectory(path: string): void {
    const { directory, name, node } = this.#resolve(path, false);
    if (!node) throw new FileError("ENOENT", "rmdir", path);
    if (node.kind !== "directory") throw new FileError("ENOTDIR", "rmdir", path);
    if (node.entries.size > 0) throw new FileError("ENOTEMPTY", "rmdir", path);
    directory.entries.delete(name);
  }

  /** Removes a path with all below it; no error where it is not there. */
  removeAll(path: string): void {
    const found = this.find(path, false);
    if (!found) return;
    if (found.kind !== "directory") return this.remove(path);
    for (const name of this.list(path)) this.removeAll(`${path}/${name}`);
    this.removeDirectory(path);
  }

  list(path: string): string[] {
    const node = this.#existing("list", path);
    if (node.kind !== "directory") throw new FileError("ENOTDIR", "list", path);
    return [...node.entries.keys()].sort();
  }

  stat(path: string): FileInfo | undefined {
    const node = this.find(path, false);
    return node && {
      kind: node.kind,
      sizeBytes: node.kind === "file" ? node.bytes.length : 0,
      modifiedMs: node.modifiedMs,
      mode: node.mode,
      uid: node.uid,
      gid: node.gid,
      device: this.device,
      inode: node.inode,
      links: node.links,
    };
  }

  realPath(path: string): string {
    const resolved = this.#resolve(path, true);
    if (!resolved.node) throw new FileError("ENOENT", "realpath", path);
    return resolved.path;
  }

  change(path: string, facts: Partial<Pick<NodeFacts, "mode" | "uid" | "gid">>): void {
    Object.assign(this.#existing("change", path), facts);
  }

  syncDirectory(path: string): void {
    const node = this.#existing("fsync", path);
    if (node.kind !== "directory") throw new FileError("ENOTDIR", "fsync", path);
    node.syncedEntries = new Map(node.entries);
    this.#commit();
  }

  /** Writes the journal, where there is one: every name as it is now lasts. */
  #commit(): void {
    if (!this.isJournaled) return;
    for (const each of everything(this.root, (directory) => directory.entries)) {
      if (each.kind === "directory") each.syncedEntries = new Map(each.entries);
    }
  }

  /** Makes all there is last through a power loss. */
  syncAll(): void {
    for (const node of everything(this.root, (directory) => directory.entries)) {
      if (node.kind === "file") node.syncedBytes = node.bytes.slice();
      if (node.kind === "directory") node.syncedEntries = new Map(node.entries);
    }
  }

  /** Takes what was not synced, and every lock. */
  powerLoss(): void {
    this.locks.clear();
    const left = new Set<DiskNode>();
    for (const node of everything(this.root, (directory) => directory.syncedEntries)) {
      if (!left.has(node)) node.links = 0;
      left.add(node);
      if (node.kind === "file") node.bytes = node.syncedBytes.slice();
      if (node.kind === "directory") node.entries = new Map(node.syncedEntries);
    }
    for (const node of left) {
      if (node.kind !== "directory") continue;
      for (const child of node.entries.values()) child.links++;
    }
  }

  /** Every file with its text, by path: what a test compares. */
  texts(under = "/"): Record<string, string> {
    const found: Record<string, string> = {};
    const start = this.find(under);
    const visit = (node: DiskNode, path: string) => {
      if (node.kind === "file") found[path] = new TextDecoder().decode(node.bytes);
      if (node.kind === "symlink") found[path] = `-> ${node.target}`;
      if (node.kind !== "directory") return;
      for (const name of [...node.entries.keys()].sort()) {
        visit(node.entries.get(name)!, `${path === "/" ? "" : path}/${name}`);
      }
    };
    if (start) visit(start, under);
    return found;
  }

  #makeOne(path: string, mode: number, existingIsFine: boolean): void {
    const { directory, name, node } = this.#resolve(path, false);
    if (node) {
      if (existingIsFine && this.find(path)?.kind === "directory") return;
      throw new FileError("EEXIST", "mkdir", path);
    }
    this.#enter(directory, name, this.#newDirectory(mode));
  }

  /** The quick way to what a path leads to: by plain names, as far as there is no symbolic link. */
  #walk(path: string): DiskNode | "other" | undefined {
    let node: DiskNode = this.root;
    for (let at = 1; at < path.length;) {
      const slash = path.indexOf("/", at);
      const end = slash < 0 ? path.length : slash;
      const name = path.slice(at, end);
      at = end + 1;
      if (name === "" || name === ".") continue;
      if (name === "..") return "other";
      if (node.kind !== "directory") return undefined;
      const next: DiskNode | undefined = node.entries.get(name);
      if (next === undefined) return undefined;
      if (next.kind === "symlink") return "other";
      node = next;
    }
    return node;
  }

  #existing(operation: string, path: string, followLast = true): DiskNode {
    const plain = this.#walk(path);
    if (plain !== undefined && plain !== "other") return plain;
    const { node } = this.#resolve(path, followLast);
    if (!node) throw new FileError("ENOENT", operation, path);
    return node;
  }

  #enter(directory: DiskDirectory, name: string, node: DiskNode): void {
    directory.entries.set(name, node);
    directory.modifiedMs = this.nowMs();
  }

  #newDirectory(mode: number): DiskDirectory {
    return {
      kind: "directory",
      ...this.#facts(mode),
      entries: new Map(),
      syncedEntries: new Map(),
    };
  }

  #facts(mode: number): NodeFacts {
    return { inode: this.#inodes++, mode, uid: 0, gid: 0, modifiedMs: this.nowMs(), links: 1 };
  }

  /** Finds the directory that holds the last name of a path; `node` is what the name leads to, if anything. */
  #resolve(path: string, followLast: boolean): Resolved {
    assert(path.startsWith("/"), `a path is absolute: "${path}"`);
    let names = partsOf(path);
    let stack: DiskDirectory[] = [this.root];
    let walked: string[] = [];
    let symlinks = 0;
    while (names.length > 0) {
      const name = names[0];
      const rest = names.slice(1);
      const directory = stack.at(-1)!;
      if (name === "..") {
        if (stack.length > 1) [stack, walked] = [stack.slice(0, -1), walked.slice(0, -1)];
        names = rest;
        continue;
      }
      const node = directory.entries.get(name);
      if (node?.kind === "symlink" && (rest.length > 0 || followLast)) {
        if (++symlinks > symlinksMax) throw new FileError("ELOOP", "resolve", path);
        if (node.target.startsWith("/")) [stack, walked] = [[this.root], []];
        names = [...partsOf(node.target), ...rest];
        continue;
      }
      if (rest.length === 0) {
        return { directory, name, node, path: `/${[...walked, name].join("/")}` };
      }
      if (!node) throw new FileError("ENOENT", "resolve", path);
      if (node.kind !== "directory") throw notADirectory(path);
      stack.push(node);
      walked.push(name);
      names = rest;
    }
    const here = stack.at(-1)!;
    return { directory: stack.at(-2) ?? here, name: "", node: here, path: `/${walked.join("/")}` };
  }
}

interface Resolved {
  readonly directory: DiskDirectory;
  readonly name: string;
  readonly node: DiskNode | undefined;
  readonly path: string;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function notADirectory(path: string): FileError {
  const code: FileErrorCode = "ENOTDIR";
  return new FileError(code, "resolve", path);
}

function* everything(
  node: DiskNode,
  entriesOf: (directory: DiskDirectory) => ReadonlyMap<string, DiskNode>,
): Generator<DiskNode> {
  yield node;
  if (node.kind !== "directory") return;
  for (const child of [...entriesOf(node).values()]) yield* everything(child, entriesOf);
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
