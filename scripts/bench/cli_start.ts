import { type BenchRow, timeMs } from "../bench_row.ts";

const root = new URL("../..", import.meta.url).pathname;
const bundle = `${root}build/bundle/main.js`;
const machine = Deno.build.arch;
const executable = `${root}dist/khutulun-${machine}-linux`;

/** How long a person waits for the first word of `khutulun version`, beside Deno running an empty script. */
export const rows: readonly BenchRow[] = [
  startRow("cli: start from the checkout", [Deno.execPath(), "run", "-A", `${root}main.ts`]),
  {
    ...startRow("cli: start from the bundle", [
      ...[Deno.execPath(), "run", "-A", "--no-config", "--cached-only", bundle],
    ]),
    lacking: () => isFile(bundle) ? undefined : `no "build/bundle/main.js": deno task build`,
    target: { atMost: 100 },
  },
  {
    ...startRow("cli: start of the executable", [executable]),
    lacking: () => isFile(executable) ? undefined : 'no executable in "dist/": deno task compile',
    target: { atMost: 100 },
  },
];

function startRow(name: string, argv: readonly string[]): BenchRow {
  return {
    name,
    unit: "ms",
    floor: "deno run of an empty script",
    prepare: async () => {
      const empty = await Deno.makeTempFile({ suffix: ".js" });
      return {
        sample: () => timeMs(() => run([...argv, "version"])),
        floor: () => timeMs(() => run([Deno.execPath(), "run", "-A", "--no-config", empty])),
        close: () => Deno.remove(empty),
      };
    },
  };
}

async function run([command, ...args]: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
