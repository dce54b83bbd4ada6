import { didYouMean, type Outcome, type Problem, problem } from "../../base/mod.ts";
import { fetchedPath, type SourceFiles } from "../resolve/source_files.ts";
import { ArchiveFault, Budget } from "./limits.ts";
import { type ArchiveMeta, readMeta } from "./meta.ts";
import { type ArchiveMember, type ArchiveSource, memorySource } from "./source.ts";

/** An archive, ready to be compiled. */
export interface OpenedArchive {
  readonly files: SourceFiles;
  /** All files by path. */
  readonly members: ReadonlyMap<string, ArchiveMember>;
  /** The path of the root file. */
  readonly entry: string;
  /** Files whose service templates may substitute nodes. */
  readonly others: readonly string[];
}

const metaPaths = ["TOSCA.meta", "TOSCA-Metadata/TOSCA.meta"] as const;

/** Opens an archive that is in memory; `name` is what it is called in problems. */
export async function openArchive(
  bytes: Uint8Array,
  name: string,
): Promise<Outcome<OpenedArchive | undefined>> {
  return await openArchiveFrom(memorySource(bytes), name);
}

/**
 * Opens an archive, of which only those parts are read that are needed: large artifacts cost nothing until somebody
 * asks for them.
 */
export async function openArchiveFrom(
  source: ArchiveSource,
  name: string,
): Promise<Outcome<OpenedArchive | undefined>> {
  try {
    return await openMembers(index(await readMembers(source)), name);
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
    return { value: undefined, problems: [archiveProblem(error, name)] };
  }
}

/** Opens files that are laid out as in an archive. */
export async function openFolder(
  contents: ReadonlyMap<string, Uint8Array>,
  name: string,
): Promise<Outcome<OpenedArchive | undefined>> {
  const members = [...contents].map(([path, bytes]): [string, ArchiveMember] => [path, {
    path,
    sizeBytes: bytes.length,
    read: () => Promise.resolve(bytes),
  }]);
  return await openMembers(new Map(members), name);
}

/** Returns all files of an archive, unpacked. */
export async function unpackArchive(
  { members }: OpenedArchive,
  name: string,
): Promise<Outcome<ReadonlyMap<string, Uint8Array>>> {
  const contents = new Map<string, Uint8Array>();
  try {
    for (const { path, read } of members.values()) contents.set(path, await read());
    return { value: contents, problems: [] };
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
    return { value: contents, problems: [archiveProblem(error, name)] };
  }
}

async function openMembers(
  members: Members,
  name: string,
): Promise<Outcome<OpenedArchive | undefined>> {
  const metas = metaPaths.filter((each) => members.has(each));
  if (metas.length > 1) {
    return refused(
      name,
      "Cannot tell which TOSCA.meta describes the archive",
      `It has ${metas.join(" and ")}, and an archive holds at most one`,
      "Remove one of them",
    );
  }
  const found = metas.length === 1
    ? await openWithMeta(members, metas[0])
    : openWithoutMeta(members, name);
  // What is damaged is told at once, and not as a file that is missing.
  for (const { path, read } of members.values()) if (isTemplate(path)) await read();
  return found;
}

type Members = ReadonlyMap<string, ArchiveMember>;

function isTemplate(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

function archiveProblem({ entry, why }: ArchiveFault, subject: string): Problem {
  return problem("TOSCA_ARCHIVE", {
    what: entry === undefined ? "Cannot read the archive" : `Cannot read "${entry}" of the archive`,
    why: why.charAt(0).toUpperCase() + why.slice(1),
    where: { subject },
    fix: "Pack the archive again",
  });
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
async function readMembers(source: ArchiveSource): Promise<ArchiveMember[]> {
  const budget = new Budget();
  const start = await source.read(0, 262);
  if (start[0] === 0x50 && start[1] === 0x4b) {
    return await (await import("./zip.ts")).readZip(source, budget);
  }
  const { readTar, readTarGz } = await import("./tar.ts");
  if (start[0] === 0x1f && start[1] === 0x8b) return await readTarGz(source, budget);
  const magic = new TextDecoder().decode(start.subarray(257, 262));
  if (magic === "ustar") return await readTar(source, budget);
  throw new ArchiveFault("it is neither a zip, a tar nor a gzipped tar archive");
}

function index(members: readonly ArchiveMember[]): Members {
  const byPath = new Map<string, ArchiveMember>();
  for (const member of members) {
    if (byPath.has(member.path)) throw new ArchiveFault("it is there twice", member.path);
    byPath.set(member.path, member);
  }
  return byPath;
}

async function openWithMeta(
  contents: Members,
  path: string,
): Promise<Outcome<OpenedArchive | undefined>> {
  const text = new TextDecoder().decode(await contents.get(path)!.read());
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
  contents: Members,
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
  contents: Members,
  name: string,
): Outcome<OpenedArchive | undefined> {
  const entry = onlyRootFile(contents);
  if (entry === undefined) return { value: undefined, problems: [noEntry(contents, name)] };
  return { value: opened(contents, entry, []), problems: [] };
}

function rootFiles(contents: Members): string[] {
  return [...contents.keys()].filter((each) => /^[^/]+\.ya?ml$/.test(each));
}

function onlyRootFile(contents: Members): string | undefined {
  const files = rootFiles(contents);
  return files.length === 1 ? files[0] : undefined;
}

function noEntry(contents: Members, subject: string): Problem {
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

function opened(members: Members, entry: string, others: readonly string[]): OpenedArchive {
  const failures = new Map<string, string>();
  const files: SourceFiles = {
    isContained: true,
    async read(path) {
      const member = members.get(path) ?? members.get(fetchedPath(path));
      try {
        return await member?.read();
      } catch (error) {
        if (!(error instanceof ArchiveFault)) throw error;
        failures.set(path, error.why);
      }
    },
    failure: (path) => failures.get(path),
    artifactPrefix: "",
  };
  return { files, members, entry, others };
}
