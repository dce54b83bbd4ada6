import { BenchAgent } from "../bench_agent.ts";
import { type BenchRow, type PreparedBench, timeMs } from "../bench_row.ts";
import { temporaryDirectory } from "../bench_undos.ts";

const root = new URL("../..", import.meta.url).pathname;
const bundle = `${root}build/bundle/main.js`;
const machine = Deno.build.arch;
const executable = `${root}dist/khutulun-${machine}-linux`;

const ways = {
  checkout: { argv: [Deno.execPath(), "run", "-A", `${root}main.ts`] },
  bundle: {
    argv: [Deno.execPath(), "run", "-A", "--no-config", "--cached-only", bundle],
    lacking: () => isFile(bundle) ? undefined : `no "build/bundle/main.js": deno task build`,
    target: { atMost: 100 },
  },
  executable: {
    argv: [executable],
    lacking: () => isFile(executable) ? undefined : 'no executable in "dist/": deno task compile',
    target: { atMost: 100 },
  },
} satisfies Record<string, Pick<BenchRow, "lacking" | "target"> & { argv: readonly string[] }>;

/** How long a person waits for what `khutulun version` and `khutulun service list` say, beside Deno running an empty script. */
const startRows = Object.entries(ways).flatMap((
  [name, { argv, ...rest }],
): BenchRow[] => [
  { ...rest, ...startRow(`cli: version, from the ${name}`, [...argv, "version"]) },
  {
    ...rest,
    ...startRow(`cli: service list, from the ${name}`, [...argv, "service", "list"], true),
  },
]);

export const rows: readonly BenchRow[] = [...startRows, {
  name: "cli: version, first start of the executable",
  unit: "ms",
  rounds: 5,
  floor: "deno run of an empty script",
  lacking: ways.executable.lacking,
  prepare: firstStart,
}];

/** The first start unpacks: each sample has a cache of its own. */
async function firstStart(): Promise<PreparedBench> {
  const { path, remove } = await temporaryDirectory();
  const empty = `${path}/empty.js`;
  await Deno.writeTextFile(empty, "");
  let samples = 0;
  return {
    sample: async () => {
      const cache = `${path}/cache-${samples++}`;
      const ms = await timeMs(() => run([executable, "version"], { KHUTULUN_CACHE: cache }));
      await Deno.remove(cache, { recursive: true }).catch(() => {}); // Deno's own way unpacks nothing
      return ms;
    },
    floor: () => timeMs(() => run([Deno.execPath(), "run", "-A", "--no-config", empty])),
    close: remove,
  };
}

/** With `asksAgent`, the command speaks to an agent that has no services. */
function startRow(name: string, argv: readonly string[], asksAgent = false): BenchRow {
  return {
    name,
    unit: "ms",
    floor: "deno run of an empty script",
    prepare: async () => {
      const { path, remove } = await temporaryDirectory();
      const empty = `${path}/empty.js`;
      await Deno.writeTextFile(empty, "");
      const agent = asksAgent ? await BenchAgent.start() : undefined;
      const place = agent ? ["--root", agent.directory] : [];
      return {
        sample: () => timeMs(() => run([...argv, ...place])),
        floor: () => timeMs(() => run([Deno.execPath(), "run", "-A", "--no-config", empty])),
        close: async () => {
          await agent?.close();
          await remove();
        },
      };
    },
  };
}

async function run(
  [command, ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, env, stdin: "null" })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
