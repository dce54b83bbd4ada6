import { type Outcome, type Problem, problem } from "../../base/mod.ts";

/** What `TOSCA.meta` says (TOSCA 2.0, section 17.2). */
export interface ArchiveMeta {
  readonly entry: string | undefined;
  readonly entryLine: number;
  readonly others: readonly string[];
  readonly othersLine: number;
}

interface Line {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** Reads `TOSCA.meta`: its first block, and that all blocks are well-formed. */
export function readMeta(text: string, file: string): Outcome<ArchiveMeta | undefined> {
  const problems: Problem[] = [];
  const complain = (line: number, what: string, why: string, fix: string) => {
    problems.push(problem("TOSCA_ARCHIVE_META", {
      what,
      why,
      fix,
      where: { position: { file, line, column: 1 } },
    }));
  };
  const block = readBlocks(
    text,
    (line) =>
      complain(
        line,
        "Cannot read a line of TOSCA.meta",
        "It is not of the form KEYNAME: VALUE",
        'Write "CSAR-Version: 2.0"',
      ),
  );
  const find = (name: string) => block.find((each) => each.name === name);
  const version = find("CSAR-Version");
  if (!version) {
    complain(
      1,
      'Cannot tell the archive\'s version: "CSAR-Version" is missing',
      "The first block of TOSCA.meta has it",
      'Add "CSAR-Version: 2.0"',
    );
  } else if (version.value !== "2.0") {
    complain(
      version.line,
      `Cannot read an archive of the version "${version.value}"`,
      "CSAR-Version must be 2.0",
      'Write "CSAR-Version: 2.0"',
    );
  }
  const entry = find("Entry-Definitions");
  const others = find("Other-Definitions");
  return {
    value: problems.length > 0 ? undefined : {
      entry: entry?.value,
      entryLine: entry?.line ?? 1,
      others: others ? splitNames(others.value) : [],
      othersLine: others?.line ?? 1,
    },
    problems,
  };
}

function readBlocks(text: string, complain: (line: number) => void): Line[] {
  const first: Line[] = [];
  let isFirst = true;
  let last: { name: string; value: string; line: number } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (raw.trim() === "") {
      if (first.length > 0) isFirst = false;
      last = undefined;
      continue;
    }
    if (/^[ \t]/.test(raw) && last) {
      last.value = `${last.value} ${raw.trim()}`.trim();
      continue;
    }
    const match = raw.match(/^([^:\s][^:]*):\s*(.*)$/);
    if (!match) {
      complain(index + 1);
      continue;
    }
    last = { name: match[1].trim(), value: match[2].trim(), line: index + 1 };
    if (isFirst) first.push(last);
  }
  return first;
}

/** File names are separated by blanks; those with blanks stand in double quotes. */
function splitNames(value: string): string[] {
  return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}
