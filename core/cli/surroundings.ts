import type { Connection, TerminalSize } from "../api/mod.ts";
import type { Problem } from "../base/mod.ts";

/** One of the two places that text goes to. */
export interface TextOutput {
  /** Writes at once; a reader that went away ends the command quietly. */
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  readonly isTerminal: boolean;
  /** The terminal's width in characters. */
  columns(): number;
}

/** The terminal at which a command was typed. */
export interface UserTerminal {
  /** What it is called in `TERM`. */
  readonly type: string;
  size(): TerminalSize;
  /**
   * Lends it to a program elsewhere, until what is returned is called: output is shown as it comes and, with `keys`, each
   * key is handed on as it is typed, Ctrl-C among them.
   */
  lend(options: { readonly keys: boolean }): () => void;
  /** Calls back when it has another size, until what is returned is called. */
  onResize(callback: (size: TerminalSize) => void): () => void;
}

/** What a path is; see `SourceFolder.stat`. */
export interface SourceInfo {
  readonly kind: "file" | "directory";
  readonly sizeBytes: number;
  readonly executable: boolean;
}

/** The files of whoever runs the command. Paths are as given: relative ones start at the working directory. */
export interface UserFiles {
  read(path: string): Promise<Uint8Array>;
  /** Returns bytes from an offset on; fewer where the file ends. */
  readPart(path: string, offset: number, length: number): Promise<Uint8Array>;
  write(path: string, text: string): Promise<void>;
  list(path: string): Promise<string[]>;
  /** Follows symbolic links; nothing where there is nothing. */
  stat(path: string): Promise<SourceInfo | undefined>;
}

/** A file from a server, or half a sentence on why there is none. */
export type Download = { readonly bytes: Uint8Array } | { readonly failure: string };

/** What `seed` was asked. */
export interface SeedOptions {
  readonly root?: string;
  readonly state?: string;
  readonly name?: string;
  readonly address?: string;
  readonly mode?: "system" | "user";
}

/** What `join` was asked. */
export interface JoinOptions extends Omit<SeedOptions, "name"> {
  readonly token: string;
}

/** Contexts of whoever runs the command: files that this user alone can read. */
export interface ContextFiles {
  list(): Promise<string[]>;
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
  /** Writes a new file anywhere, readable by this user alone; one that is there is refused. */
  writeTo(path: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  current(): Promise<string | undefined>;
  use(name: string | undefined): Promise<void>;
}

/** The agent that is a unit of this host. */
export interface InstalledAgent {
  /** Returns a way to it, whatever context is in use. */
  connect(): Connection;
  /** Tells why it does not come up, once that is evident. */
  trouble(): Promise<Problem | undefined>;
}

/** How the program was built. */
export interface BuildView {
  readonly kind: "executable" | "bundle" | "checkout";
  readonly architecture: string;
  /** `Deno 2.9.5`. */
  readonly runtime: string;
  /** Names of the included plugins. */
  readonly plugins: readonly string[];
}

/** All that a command may see of the world: made by `main.ts`, and by tests. */
export interface Surroundings {
  readonly version: string;
  env(name: string): string | undefined;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  stdin(): ReadableStream<Uint8Array>;
  /** Absent where standard input is no terminal. */
  readonly terminal?: UserTerminal;
  readonly files: UserFiles;
  /** Fetches a file over HTTP, within bounds. */
  download(
    url: string,
    limits: { readonly timeoutMs: number; readonly bytesMax: number },
  ): Promise<Download>;
  nowMs(): number;
  /** Calls back at Ctrl-C instead of ending the process, until what is returned is called. */
  onInterrupt(callback: () => void): () => void;
  /** Returns a way to the agent of a root directory (`KHUTULUN_ROOT` where absent). */
  connect(root: string | undefined): Connection;
  /** Returns a way to the cluster of a context. */
  connectContext(name: string): Connection;
  readonly contexts: ContextFiles;
  /** Makes the key of a context, and the request for its certificate (PEM). */
  makeContextKey(name: string): Promise<{ readonly request: string; readonly privateKey: string }>;
  /** Tells until when a certificate (PEM) is good. */
  certificateOf(certificate: string): Promise<{ readonly notAfterMs: number }>;
  /** Makes this host one of a cluster; its agent is not run yet. */
  join(
    options: JoinOptions,
  ): Promise<{ readonly host: string; readonly cluster: string; readonly by: string }>;
  /** Runs the agent until it is told to end, and returns the exit code. */
  seed(options: SeedOptions): Promise<number>;
  /** The built-in profiles: name (`org.khutulun:1.0`) → path → bytes. */
  profiles(): Promise<ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>>;
  /** Installs, upgrades or removes the agent of this host; `say` is told each step before it is done. */
  install(
    kind: "install" | "upgrade" | "uninstall",
    options: SeedOptions,
    say: (why: string) => void,
  ): Promise<void>;
  /** The agent that was installed, right after it was started. */
  installedAgent(options: SeedOptions): Promise<InstalledAgent>;
  build(): Promise<BuildView>;
  /** Plays the demo in a directory of its own, and returns its exit code. */
  demo(options: { readonly keep: boolean }): Promise<number>;
}
