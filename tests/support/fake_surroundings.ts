/** Surroundings in memory, for the tests of `cli/`: files are a map, the agent is a fake, output is kept. */
import {
  type ContextFiles,
  runCli,
  type Surroundings,
  type TextOutput,
} from "../../core/cli/mod.ts";
import type { Connection } from "../../core/api/mod.ts";
import type { Problem } from "../../core/base/mod.ts";

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly written: ReadonlyMap<string, string>;
}

export interface CliWorld {
  readonly connection?: Connection;
  /** Path → content. Folders are there when files are in them. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Files on servers, by URL. */
  readonly web?: Readonly<Record<string, string | Uint8Array>>;
  readonly isTerminal?: boolean;
  /** Called with what Ctrl-C would call. */
  readonly interrupt?: (press: () => void) => void;
  readonly seed?: Surroundings["seed"];
  readonly install?: Surroundings["install"];
  /** Why the installed agent does not come up. */
  readonly trouble?: () => Problem | undefined;
  readonly join?: Surroundings["join"];
  /** By name. */
  readonly contexts?: Readonly<Record<string, Connection>>;
  readonly stdin?: string;
}

/** Runs one command line in a world of its own. */
export async function runInMemory(args: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  const stdout = output(world.isTerminal ?? false);
  const stderr = output(world.isTerminal ?? false);
  const written = new Map<string, string>();
  const files = new Map(Object.entries(world.files ?? {}));
  const code = await runCli(args, {
    version: "0.1.0",
    env: (name) => world.env?.[name],
    stdout,
    stderr,
    stdin: () => new Blob([world.stdin ?? ""]).stream(),
    files: {
      read: (path) =>
        files.has(path)
          ? Promise.resolve(new TextEncoder().encode(files.get(path)))
          : Promise.reject(new Error(`ENOENT: ${path}`)),
      readPart: (path, offset, length) =>
        Promise.resolve(
          new TextEncoder().encode(files.get(path)).subarray(offset, offset + length),
        ),
      write: (path, text) => Promise.resolve(void written.set(path, text)),
      list: (path) => {
        const inside = [...files.keys()].filter((each) =>
          path === "." || each.startsWith(`${path}/`)
        );
        const names = inside.map((each) =>
          (path === "." ? each : each.slice(path.length + 1)).split("/")[0]
        );
        return Promise.resolve([...new Set(names)].sort());
      },
      stat: (path) => {
        const text = files.get(path);
        const isFolder = path === "." ||
          [...files.keys()].some((each) => each.startsWith(`${path}/`));
        return Promise.resolve(
          text !== undefined
            ? { kind: "file", sizeBytes: text.length, executable: text.startsWith("#!") }
            : isFolder
            ? { kind: "directory", sizeBytes: 0, executable: true }
            : undefined,
        );
      },
    },
    download: (url) => {
      const text = world.web?.[url];
      return Promise.resolve(
        text === undefined
          ? { failure: "the network is unreachable" }
          : { bytes: typeof text === "string" ? new TextEncoder().encode(text) : text },
      );
    },
    nowMs: () => Date.parse("2026-01-02T03:05:05.000Z"),
    onInterrupt: (callback) => {
      world.interrupt?.(callback);
      return () => {};
    },
    connect: () => world.connection ?? Promise.reject(new Error("no agent in this test")) as never,
    connectContext: (name) =>
      world.contexts?.[name] ?? Promise.reject(new Error("no such context")) as never,
    contexts: fakeContexts(written),
    makeContextKey: (name) => Promise.resolve({ request: `request of ${name}`, privateKey: "key" }),
    certificateOf: () => Promise.resolve({ notAfterMs: Date.parse("2026-02-02T03:05:05.000Z") }),
    join: world.join ??
      (() => Promise.resolve({ host: "beta", cluster: "home", by: "alpha" })),
    seed: world.seed ?? (() => Promise.resolve(0)),
    install: world.install ?? (() => Promise.resolve()),
    installedAgent: () =>
      Promise.resolve({
        connect: () =>
          world.connection ?? Promise.reject(new Error("no agent in this test")) as never,
        trouble: () => Promise.resolve(world.trouble?.()),
      }),
    demo: () => Promise.resolve(0),
    build: () =>
      Promise.resolve({
        kind: "executable",
        architecture: "x86_64",
        runtime: "Deno 2.9.5",
        plugins: ["process", "tcp"],
      }),
    profiles: () => Promise.resolve(new Map()),
  });
  return { code, stdout: stdout.text, stderr: stderr.text, written };
}

/** Contexts as files among those that were written. */
function fakeContexts(written: Map<string, string>): ContextFiles {
  let current: string | undefined;
  return {
    list: () =>
      Promise.resolve([...written.keys()].flatMap((path) => path.split("contexts/")[1] ?? [])),
    read: (name) => Promise.resolve(written.get(`contexts/${name}`)),
    write: (name, text) => Promise.resolve(void written.set(`contexts/${name}`, text)),
    writeTo: (path, text) => Promise.resolve(void written.set(path, text)),
    remove: (name) => Promise.resolve(void written.delete(`contexts/${name}`)),
    current: () => Promise.resolve(current),
    use: (name) => Promise.resolve(void (current = name)),
  };
}

function output(isTerminal: boolean): TextOutput & { text: string } {
  return {
    text: "",
    isTerminal,
    columns: () => 80,
    write(text) {
      this.text += text;
    },
    writeBytes(bytes) {
      this.text += new TextDecoder().decode(bytes);
    },
  };
}
