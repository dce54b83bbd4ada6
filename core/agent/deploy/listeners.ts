import { FileError, type Files, type Processes } from "../../ports/mod.ts";

/** A socket that something listens on. */
export interface Listener {
  /** `tcp/9001` */
  readonly key: string;
  /** Who listens, for people: `nginx (pid 812)`. */
  readonly holder: string;
}

/** Where the kernel tells of its sockets, and the state of those that listen there. */
const tables = [
  { path: "/proc/net/tcp", protocol: "tcp", listening: "0A" },
  { path: "/proc/net/tcp6", protocol: "tcp", listening: "0A" },
  { path: "/proc/net/udp", protocol: "udp", listening: "07" },
  { path: "/proc/net/udp6", protocol: "udp", listening: "07" },
] as const;

/**
 * Tells which sockets this host listens on, and who holds them.
 *
 * The kernel's tables say what there is at next to no cost, but not who holds it: that is asked of `ss`, which looks into
 * every process of the host, and only when there is a socket that was not there before.
 */
export class Listeners {
  readonly #files: Pick<Files, "readText">;
  readonly #processes: Pick<Processes, "run">;
  /** By the socket's inode, as `ss` told last. */
  #holders: ReadonlyMap<string, string> = new Map();

  constructor(files: Pick<Files, "readText">, processes: Pick<Processes, "run">) {
    this.#files = files;
    this.#processes = processes;
  }

  /**
   * Returns the sockets but those whose keys are in `except`, each key once; none on a host without these tables and without
   * `ss`, and then a plugin finds out at the start.
   */
  async find(except: ReadonlySet<string>): Promise<Listener[]> {
    const sockets = (await this.#sockets())?.filter(({ key }) => !except.has(key));
    const isKnown = sockets?.every(({ inode }) => this.#holders.has(inode));
    const found = sockets && isKnown
      ? sockets.map(({ key, inode }) => ({ key, holder: this.#holders.get(inode)! }))
      : await this.#ask(sockets ?? []);
    const byKey = new Map<string, Listener>();
    for (const each of found) {
      if (!except.has(each.key) && !byKey.has(each.key)) byKey.set(each.key, each);
    }
    return [...byKey.values()];
  }

  /** Asks `ss` who holds what; a socket that it does not show has gone meanwhile, or is of somebody whom it cannot see. */
  async #ask(sockets: readonly Socket[]): Promise<Listener[]> {
    const command = { argv: ["ss", "-Hlntupe"], timeoutMs: 5_000 };
    const { exit, stdout } = await this.#processes.run(command).catch(() => noAnswer);
    const told = exit === 0 ? parseListeners(stdout) : [];
    const holders = new Map(sockets.map(({ inode }) => [inode, unknownHolder]));
    for (const { inode, holder } of told) if (inode !== undefined) holders.set(inode, holder);
    this.#holders = holders;
    return told.map(({ key, holder }) => ({ key, holder }));
  }

  async #sockets(): Promise<Socket[] | undefined> {
    const found = await Promise.all(tables.map(async (table) => {
      const text = await this.#files.readText(table.path).catch(nothingThere);
      return text === undefined ? undefined : parseSockets(text, table);
    }));
    // A kernel without version 6 of the protocol has no such table; one without the first has none at all.
    return found[0] && found.flatMap((each) => each ?? []);
  }
}

const noAnswer = { exit: 1, stdout: "" };
const unknownHolder = "a process of another user";

interface Socket {
  readonly key: string;
  readonly inode: string;
}

function nothingThere(error: unknown): undefined {
  if (!(error instanceof FileError)) throw error;
}

/**
 * Reads what listens in a table of the kernel:
 *
 *       sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode
 *        0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26130 1 …
 */
export function parseSockets(
  text: string,
  { protocol, listening }: { readonly protocol: "tcp" | "udp"; readonly listening: string },
): Socket[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [_slot, local, _remote, state, _queues, _timer, _retries, _uid, _timeout, inode] = line
      .trim().split(/\s+/);
    if (state !== listening || inode === undefined) return [];
    const port = parseInt(local.slice(local.lastIndexOf(":") + 1), 16);
    return [{ key: `${protocol}/${port}`, inode }];
  });
}

/**
 * Reads the lines of `ss -Hlntupe`, with and without the column of the protocol:
 *
 *     tcp LISTEN 0 128 0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=812,fd=6)) ino:26130 sk:1 <->
 */
export function parseListeners(text: string): (Listener & { readonly inode?: string })[] {
  return text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const protocol = words[0] === "udp" ? "udp" : "tcp";
    const local = words.find((word) => /:\d+$/.test(word));
    if (local === undefined) return [];
    const key = `${protocol}/${local.slice(local.lastIndexOf(":") + 1)}`;
    const user = line.match(/users:\(\("([^"]*)",pid=(\d+)/);
    const inode = line.match(/ ino:(\d+)/)?.[1];
    const holder = user ? `${user[1]} (pid ${user[2]})` : unknownHolder;
    return [{ key, holder, ...(inode !== undefined && { inode }) }];
  });
}
