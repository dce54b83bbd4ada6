import { didYouMean, type Outcome, type Problem, problem } from "../../base/mod.ts";
import { memoryFiles, type SourceFiles } from "../resolve/source_files.ts";
import { type ArchiveEntry, ArchiveFault, Budget } from "./limits.ts";
import { type ArchiveMeta, readMeta } from "./meta.ts";

/** An archive, ready to be compiled. */
export interface OpenedArchive {
  readonly files: SourceFiles;
  /** All files by path. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** The path of the root file. */
  readonly entry: string;
  /** Files whose service templates may substitute nodes. */
  readonly others: readonly string[];
}

const metaPaths = ["TOSCA.meta", "TOSCA-Metadata/TOSCA.meta"] as const;

/** Opens an archive; `name` is what it is called in problems. */
export async function openArchive(
  bytes: Uint8Array,
  name: string,
): Promise<Outcome<OpenedArchive | undefined>> {
  try {
    return openFolder(index(await readEntries(bytes)), name);
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
    return refused(
      name,
      error.entry === undefined
        ? "Cannot read the archive"
        : `Cannot read "${error.entry}" of the archive`,
      error.why.charAt(0).toUpperCase() + error.why.slice(1),
    );
  }
}

/** Opens files that are laid out as in an archive. */
export function openFolder(
  contents: ReadonlyMap<string, Uint8Array>,
  name: string,
): Outcome<OpenedArchive | undefined> {
  const metas = metaPaths.filter((each) => contents.has(each));
  if (metas.length > 1) {
    return refused(
      name,
      "Cannot tell which TOSCA.meta describes the archive",
      `It has ${metas.join(" and ")}, and an archive holds at most one`,
      "Remove one of them",
    );
  }
  return metas.length === 1 ? openWithMeta(contents, metas[0]) : openWithoutMeta(contents, name);
}

function refused(
  name: string,
  what: string,
  why: string,
  fix = "Pack the archive again",
): Outcome<undefined> {
  return {
    value: undefined,
    problems: [problem("TOSCA_ARCHIVE", { what, why, where: { subject: name }, fix })],
  };
}

/** Returns the files whose service templates may substitute nodes, as the `TOSCA.meta` among files says. */
export function otherDefinitions(contents: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const path = metaPaths.find((each) => contents.has(each));
  if (path === undefined) return [];
  const { value } = readMeta(new TextDecoder().decode(contents.get(path)), path);
  return (value?.others ?? []).filter((each) => contents.has(each));
}

/** The formats load what they need only where they are met. */
async function readEntries(bytes: Uint8Array): Promise<ArchiveEntry[]> {
  const budget = new Budget();
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    return (await import("./zip.ts")).readZip(bytes, budget);
  }
  const { gunzip, readTar } = await import("./tar.ts");
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return await readTar(gunzip(bytes, budget), new Budget());
  }
  const magic = new TextDecoder().decode(bytes.subarray(257, 262));
  if (magic === "ustar") return await readTar(bytes, budget);
  throw new ArchiveFault("it is neither a zip, a tar nor a gzipped tar archive");
}

function index(entries: readonly ArchiveEntry[]): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  for (const { path, bytes } of entries) {
    if (contents.has(path)) throw new ArchiveFault("it is there twice", path);
    contents.set(path, bytes);
  }
  return contents;
}

function openWithMeta(
  contents: ReadonlyMap<string, Uint8Array>,
  path: string,
): Outcome<OpenedArchive | undefined> {
  const text = new TextDecoder().decode(contents.get(path));
  const { value: meta, problems } = readMeta(text, path);
  if (!meta) return { value: undefined, problems };
  const missing = missingFiles(meta, contents, path);
  if (missing.length > 0) return { value: undefined, problems: missing };
  const entry = meta.entry ?? onlyRootFile(contents);
  if (entry === undefined) return { value: undefined, problems: [noEntry(contents, path)] };
  return { value: opened(contents, entry, meta.others), problems };
}

function missingFiles(
  meta: ArchiveMeta,
  contents: ReadonlyMap<string, Uint8Array>,
  file: string,
): Problem[] {
  const named = [
    ...meta.entry === undefined
      ? []
      : [{ keyname: "Entry-Definitions", name: meta.entry, line: meta.entryLine }],
    ...meta.others.map((name) => ({ keyname: "Other-Definitions", name, line: meta.othersLine })),
  ];
  return named.filter(({ name }) => !contents.has(name)).map(({ keyname, name, line }) => {
    const near = didYouMean(name, contents.keys());
    return problem("TOSCA_ARCHIVE_ENTRY", {
      what: `Cannot find "${name}", which ${keyname} names`,
      why: "It is not in the archive",
      where: { position: { file, line, column: 1 } },
      ...(near ? { fix: near } : { fix: "Put the file into the archive, or name another" }),
    });
  });
}

function openWithoutMeta(
  contents: ReadonlyMap<string, Uint8Array>,
  name: string,
): Outcome<OpenedArchive | undefined> {
  const entry = onlyRootFile(contents);
  if (entry === undefined) return { value: undefined, problems: [noEntry(contents, name)] };
  return { value: opened(contents, entry, []), problems: [] };
}

function rootFiles(contents: ReadonlyMap<string, Uint8Array>): string[] {
  return [...contents.keys()].filter((each) => /^[^/]+\.ya?ml$/.test(each));
}

function onlyRootFile(contents: ReadonlyMap<string, Uint8Array>): string | undefined {
  const files = rootFiles(contents);
  return files.length === 1 ? files[0] : undefined;
}

function noEntry(contents: ReadonlyMap<string, Uint8Array>, subject: string): Problem {
  const files = rootFiles(contents);
  return problem("TOSCA_ARCHIVE_ENTRY", {
    what: "Cannot tell with which file the archive begins",
    why: files.length === 0
      ? "It has no TOSCA.meta that says so, and no YAML file at its root"
      : `It has no TOSCA.meta that says so, and several YAML files at its root: ${
        files.join(", ")
      }`,
    fix: "Add a TOSCA.meta with Entry-Definitions",
    where: { subject },
  });
}

function opened(
  contents: ReadonlyMap<string, Uint8Array>,
  entry: string,
  others: readonly string[],
): OpenedArchive {
  return { files: memoryFiles(contents), contents, entry, others };
}
