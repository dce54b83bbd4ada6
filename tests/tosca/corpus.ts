/**
 * Runs the TOSCA corpus: files with the verdict that a processor of TOSCA 2.0 should give.
 */
import { formatProblem, hasErrors, type Problem } from "../../core/base/mod.ts";
import {
  findProfiles,
  type ProfileSource,
  type SourceFiles,
  validate,
} from "../../core/tosca/mod.ts";
import { corpusPath } from "../support/needs.ts";

/** A row of the corpus's index. */
export interface CorpusRow {
  readonly path: string;
  readonly set: string;
  readonly expected: "valid" | "INVALID" | "other";
  readonly notes: string;
  readonly isDoubtful: boolean;
}

export interface CorpusResult {
  readonly row: CorpusRow;
  readonly found: "valid" | "INVALID";
  readonly problems: readonly Problem[];
}

/** Returns the rows of the index. */
export async function readIndex(): Promise<CorpusRow[]> {
  const text = await Deno.readTextFile(`${corpusPath()}/index.tsv`);
  return text.trim().split("\n").map((line) => {
    const [path, set, verdict, , notes = ""] = line.split("\t");
    const expected = verdict === "valid" || verdict.startsWith("valid (")
      ? "valid"
      : verdict.startsWith("INVALID")
      ? "INVALID"
      : "other";
    const isDoubtful = /doubtful|1\.3 file, skip/.test(notes);
    return { path, set, expected, notes, isDoubtful };
  });
}

/** Returns files of a folder of the corpus. */
export function corpusFiles(folder: string): SourceFiles {
  return {
    async read(path) {
      try {
        return await Deno.readFile(`${folder}/${path}`);
      } catch {
        return undefined;
      }
    },
  };
}

const profilesOfFolders = new Map<string, ProfileSource[]>();

/** Returns the profiles that the files of a folder declare, and those of the set of profiles. */
async function profilesFor(row: CorpusRow): Promise<ProfileSource[]> {
  const root = corpusPath();
  const folders = row.set === "tc-tests"
    ? [`${root}/${row.path.split("/").slice(0, -1).join("/")}`, `${root}/tc-profiles`]
    : [`${root}/tc-profiles`];
  const found: ProfileSource[] = [];
  for (const folder of folders) {
    let known = profilesOfFolders.get(folder);
    if (!known) {
      known = findProfiles(await readTree(folder), { prefix: `${folder.slice(root.length + 1)}/` });
      known.sort((a, b) =>
        Number(b.entry.includes("profile.y")) - Number(a.entry.includes("profile.y"))
      );
      profilesOfFolders.set(folder, known);
    }
    found.push(...known);
  }
  return found;
}

/** Reads all files below a folder, by path from there. */
export async function readTree(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const visit = async (at: string) => {
    for await (const entry of Deno.readDir(`${folder}/${at}`)) {
      const path = at === "" ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory) await visit(path);
      else if (/\.ya?ml$/.test(entry.name)) {
        files.set(path, await Deno.readFile(`${folder}/${path}`));
      }
    }
  };
  await visit("");
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Validates one row's file. */
export async function runRow(row: CorpusRow): Promise<CorpusResult> {
  const at = row.path.lastIndexOf("/");
  const folder = `${corpusPath()}/${row.path.slice(0, at)}`;
  const { problems } = await validate({
    files: corpusFiles(folder),
    entry: row.path.slice(at + 1),
    profiles: await profilesFor(row),
  });
  return { row, found: hasErrors(problems) ? "INVALID" : "valid", problems };
}

/** Prints a table with a line for each set. */
export function printTable(results: readonly CorpusResult[]): void {
  const sets = [...new Set(results.map(({ row }) => row.set))];
  console.log("set                rows  as expected  doubtful  wrong");
  for (const set of sets) {
    const rows = results.filter(({ row }) => row.set === set);
    const judged = rows.filter(({ row }) => row.expected !== "other" && !row.isDoubtful);
    const right = judged.filter((each) => each.found === each.row.expected);
    const cells = [
      rows.length,
      right.length,
      rows.length - judged.length,
      judged.length - right.length,
    ];
    console.log(
      `${set.padEnd(18)} ${cells.map((each) => String(each).padStart(5)).join("      ")}`,
    );
  }
}

if (import.meta.main) {
  const [filter] = Deno.args;
  const rows = (await readIndex()).filter((row) => !filter || row.path.includes(filter));
  const results: CorpusResult[] = [];
  for (const row of rows) {
    if (!/\.ya?ml$/.test(row.path)) continue;
    let result: CorpusResult;
    try {
      result = await runRow(row);
    } catch (error) {
      console.log(`CRASH ${row.path}: ${(error as Error).stack}`);
      continue;
    }
    results.push(result);
    const isWrong = row.expected !== "other" && result.found !== row.expected;
    if (!isWrong && !filter) continue;
    console.log(
      `${row.path}: expected ${row.expected}, found ${result.found}${
        row.isDoubtful ? " (doubtful)" : ""
      }; ${row.notes}`,
    );
    for (const each of result.problems.slice(0, 6)) console.log(formatProblem(each));
  }
  printTable(results);
}
