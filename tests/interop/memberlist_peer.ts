/**
 * Real memberlist nodes as peers: `peer/` is a small Go program that runs any number of them in one process, told and
 * telling by lines of JSON.
 */
import { formatEndpoint } from "../../core/base/mod.ts";
import type { Endpoint } from "../../core/ports/mod.ts";
import { commandExists } from "../support/needs.ts";

const folder = new URL("peer/", import.meta.url).pathname;
const buildFolder = new URL("../../build/interop/", import.meta.url).pathname;

/** The current release first; the older one for an older Go. */
const moduleFiles = ["go.mod", "go_older.mod"];

const ended = "The memberlist process has ended";

let built: { readonly path: string } | { readonly reason: string } | undefined;

/** Why there is no peer program; nothing where there is one. It is built when first asked for, once for its source. */
export function lackingPeer(): string | undefined {
  built ??= build();
  return "reason" in built ? built.reason : undefined;
}

function build(): { readonly path: string } | { readonly reason: string } {
  if (!commandExists("go")) return { reason: "needs Go to build a memberlist peer" };
  const path = `${buildFolder}peer-${digest()}`;
  if (isFile(path)) return { path };
  Deno.mkdirSync(buildFolder, { recursive: true });
  const temporary = `${path}.${Deno.pid}`;
  let output = "";
  for (const file of moduleFiles) {
    const { success, stderr } = new Deno.Command("go", {
      args: ["build", `-modfile=${file}`, "-o", temporary, "."],
      cwd: folder,
      env: { GOFLAGS: "-buildvcs=false -mod=mod" },
      stdin: "null",
    }).outputSync();
    if (success) {
      Deno.renameSync(temporary, path); // several test files may build at a time
      return { path };
    }
    output = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
  }
  return { reason: `needs memberlist, which Go could not build: ${output}` };
}

/** A short number that changes with the sources. */
function digest(): string {
  let hash = 0x811c9dc5;
  for (const name of ["main.go", "go.mod", "go.sum", "go_older.mod", "go_older.sum"]) {
    for (const byte of Deno.readFileSync(folder + name)) {
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return hash.toString(16).padStart(8, "0");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** One line that the program tells; see `peer/main.go`. */
export interface PeerAnswer {
  readonly seq?: number;
  readonly event: string;
  readonly id?: string;
  readonly atMs: number;
  readonly name?: string;
  readonly state?: string;
  readonly port?: number;
  readonly error?: string;
  readonly payload?: string;
  readonly meta?: string;
  readonly digest?: string;
  readonly bytes?: number;
  readonly packets?: number;
  readonly streams?: number;
  readonly count?: number;
  readonly cpuMs?: number;
  readonly version?: string;
  readonly members?: readonly {
    readonly name: string;
    readonly addr: string;
    readonly port: number;
    readonly meta?: string;
    readonly state: string;
  }[];
}

/** How one memberlist node is started; what is left out is memberlist's default for a local network. */
export interface PeerOptions {
  readonly name: string;
  readonly profile?: "lan" | "local";
  /** Where it listens; IPv4's loopback unless told. */
  readonly bind?: string;
  readonly port?: number;
  readonly label?: string;
  readonly keys?: readonly Uint8Array[];
  readonly meta?: Uint8Array;
  readonly stateBytes?: number;
  readonly probeMs?: number;
  readonly timeoutMs?: number;
  readonly gossipMs?: number;
  readonly pushPullMs?: number;
  readonly reclaimMs?: number;
  readonly noTcpPings?: boolean;
  readonly loss?: number;
}

/** The process that runs the nodes. */
export class MemberlistProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<PeerAnswer>>();
  readonly #ready = Promise.withResolvers<string>();
  readonly #reading: Promise<void>;
  #isEnded = false;
  /** What happened at all nodes, in order. */
  readonly events: PeerAnswer[] = [];
  #seq = 0;
  version = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  static async start(): Promise<MemberlistProcess> {
    const lacking = lackingPeer();
    if (lacking || !built || !("path" in built)) throw new Error(lacking);
    const child = new Deno.Command(built.path, { stdin: "piped", stdout: "piped" }).spawn();
    const process = new MemberlistProcess(child);
    process.version = await process.#ready.promise;
    return process;
  }

  /** Starts a node of its own on loopback. */
  async add(options: PeerOptions): Promise<MemberlistPeer> {
    const { keys, meta, bind = "127.0.0.1", ...rest } = options;
    const { port } = await this.request({
      do: "start",
      id: options.name,
      bind,
      keys: keys?.map(toBase64),
      meta: meta && toBase64(meta),
      ...rest,
    });
    return new MemberlistPeer(this, options.name, { host: bind, port: port! });
  }

  /** Sends a request and returns its answer; throws where it says an error, or where the process ends meanwhile. */
  async request(request: Record<string, unknown>): Promise<PeerAnswer> {
    if (this.#isEnded) throw new Error(ended);
    const seq = ++this.#seq;
    const answered = Promise.withResolvers<PeerAnswer>();
    answered.promise.catch(() => {}); // also told where the request cannot be written
    this.#waiting.set(seq, answered);
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ seq, ...request })}\n`));
    const answer = await answered.promise;
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  async stop(): Promise<void> {
    await this.#input.close().catch(() => {});
    if (!this.#isEnded) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
  }

  /** Reads what the process tells until it ends; whoever then still waits for an answer is told so. */
  async #read(): Promise<void> {
    try {
      await this.#readLines();
    } finally {
      this.#isEnded = true;
      const error = new Error(ended);
      this.#ready.reject(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    }
  }

  async #readLines(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(JSON.parse(line));
    }
  }

  #take(answer: PeerAnswer): void {
    if (answer.event === "ready") return this.#ready.resolve(answer.version ?? "");
    if (answer.event !== "done") {
      this.events.push(answer);
      return;
    }
    this.#waiting.get(answer.seq!)?.resolve(answer);
    this.#waiting.delete(answer.seq!);
  }
}

/** One memberlist node. */
export class MemberlistPeer {
  constructor(
    readonly process: MemberlistProcess,
    readonly name: string,
    readonly endpoint: Endpoint,
  ) {}

  request(what: string, more: Record<string, unknown> = {}): Promise<PeerAnswer> {
    return this.process.request({ do: what, id: this.name, ...more });
  }

  join(...seeds: readonly Endpoint[]): Promise<PeerAnswer> {
    return this.request("join", { addresses: seeds.map(formatEndpoint) });
  }

  events(event: string): PeerAnswer[] {
    return this.process.events.filter((each) => each.id === this.name && each.event === event);
  }

  /** How this node believes another to be. */
  async sees(name: string): Promise<string | undefined> {
    const { members } = await this.request("members");
    return members?.find((member) => member.name === name)?.state;
  }

  /** How many members this node believes alive or suspect. */
  async count(): Promise<number> {
    const { members } = await this.request("members");
    return members?.filter(({ state }) => state === "alive").length ?? 0;
  }
}

/** Returns bytes as the program reads them. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Returns bytes that the program told. */
export function fromBase64(text = ""): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
