import { close, rows } from "../../scripts/bench/lab_cluster.ts";
import type { BenchRow } from "../../scripts/bench_row.ts";
import { type BenchResult, lineOf } from "../../scripts/bench_result.ts";
import { BenchRun, type BenchWishes, isNamed, readWishes } from "../../scripts/bench_run.ts";
import { undoable } from "../../scripts/bench_undos.ts";
import { bootHosts } from "./host.ts";
import { closeLaboratory, labCache, openLaboratory } from "./laboratory.ts";
import { whyNoLab } from "./machine.ts";
import { ensureRoot } from "./root.ts";
import { stageCheckout } from "./stage.ts";

/** What is measured on one host where no filter is given: what depends on who runs the units. */
const filtersUsual = ["cli:", "deploy:", "idle agent"];

const about =
  `Measures rows of "deno task bench" on a host with systemd, then those of three hosts. Without a FILTER the
first are those that depend on who runs the units.`;

/**
 * Measures on one host of the lab what a checkout measures, with the checkout's own program; then the rows that three hosts
 * are booted for. It prints one table of all, and ends the process.
 */
export async function benchInLab(args: readonly string[]): Promise<never> {
  const { wishes, modules } = await readWishes({ task: "deno task lab --bench", about }, args);
  const filters = wishes.filters.length > 0 ? wishes.filters : filtersUsual;
  const ofOne = modules.flatMap((each) => each.rows)
    .filter((row) => isNamed(row, filters) && !rows.includes(row));
  const run = new BenchRun(wishes);
  run.watch();
  if (ofOne.length > 0) run.add(await measureOnHost(ofOne, { ...wishes, filters }));
  // Whoever asks the lab for them need not ask by name.
  await run.measure({ rows: rows.map((row) => ({ ...row, askedBy: undefined })), close });
  return await run.end();
}

/** Where that cannot be, each row says why. */
async function measureOnHost(
  wanted: readonly BenchRow[],
  wishes: BenchWishes,
): Promise<readonly BenchResult[]> {
  const all = (verdict: BenchResult["verdict"], reason: string) =>
    wanted.map(({ name, unit }) => ({ name, unit, verdict, reason }));
  const lacking = await whyNoLab();
  if (lacking) return all("skipped", lacking);
  try {
    const names = new Set(wanted.map(({ name }) => name));
    return (await benchOnHost(wishes)).filter(({ name }) => names.has(name));
  } catch (error) {
    console.error(`  failed: ${lineOf(error)}`);
    return all("failed", lineOf(error));
  }
}

async function benchOnHost({ filters, isShort }: BenchWishes): Promise<BenchResult[]> {
  const root = await ensureRoot(labCache, (line) => console.error(line));
  const laboratory = await openLaboratory(labCache);
  const close = undoable(async () => void await closeLaboratory(laboratory));
  try {
    console.error(`one host in "${laboratory.folder}"`);
    const command = await stageCheckout(laboratory.shared);
    const host = (await bootHosts({ ...laboratory, root }, 1)).get("h1")!;
    const flags = isShort ? ["--json", "--short"] : ["--json"];
    const argv = await host.enterCommand([...command, ...flags, ...filters]);
    const options = { args: argv.slice(1), stdin: "null", stderr: "inherit" } as const;
    const { stdout, code } = await new Deno.Command(argv[0], options).output();
    if (stdout.length === 0) throw new Error(`the program of the host ended with ${code}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await close();
  }
}
