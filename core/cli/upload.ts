import { fail, type Problem } from "../base/mod.ts";
import { ProblemsError, toProblems, type Upload } from "../api/mod.ts";
import { joinPath, normalPath, parentOf } from "./paths.ts";
import { isPackage, openPackage, unpackPackage } from "./package_source.ts";
import { isUrl, RemoteFiles } from "./remote_files.ts";
import type { Surroundings } from "./surroundings.ts";
import { readFile } from "./user_files.ts";

const uploadBytesMax = 64 * 1024 * 1024;
const uploadFilesMax = 2_000;

/** What is uploaded, and where it came from. */
export interface SourceUpload {
  readonly upload: Upload;
  /** Puts positions inside the package back to the paths that the user knows. */
  readonly atHome: (problem: Problem) => Problem;
}

/** Whether a word on the command line means a path rather than a registered name. */
export async function isPath(it: Surroundings, word: string): Promise<boolean> {
  return word.includes("/") || /\.ya?ml$/.test(word) || await it.files.stat(word) !== undefined;
}

/**
 * Returns a template with all that it needs, and nothing else of the folder it is in: the file, what it imports, and the
 * artifacts that it names, as far as they are files here.
 *
 * What a file needs is found by its words alone (every text at a place where TOSCA takes a file), so that a broken template is
 * uploaded too, and its problems are told by the one who compiles it.
 */
export async function uploadTemplate(it: Surroundings, path: string): Promise<SourceUpload> {
  const remote = new RemoteFiles(it);
  if (await isPackage(it, path)) {
    const archive = await openPackage(it, remote, path);
    checkBounds([...archive.members.values()].map((each) => each.sizeBytes));
    return packed(await unpackPackage(archive, path), archive.entry);
  }
  const fetched = new Map<string, Uint8Array>();
  if (isUrl(path)) {
    fetched.set(path, await remote.require(path));
    await fetchImports(it, remote, fetched, fetched);
    await fetchArtifacts(remote, fetched);
    return packed(await storedFiles(fetched), (await storedPaths(path))[0]);
  }
  const entry = normalPath(await findTemplate(it, path));
  const found = new Map<string, Uint8Array>();
  const waiting = [entry];
  while (waiting.length > 0) {
    const file = waiting.pop()!;
    if (found.has(file)) continue;
    const bytes = await readFile(it, file);
    found.set(file, bytes);
    checkBounds(sizesOf(found));
    if (!/\.ya?ml$/.test(file)) continue;
    for (const name of await filesNamedIn(bytes, file)) {
      const target = normalPath(joinPath(parentOf(file), name));
      if ((await it.files.stat(target))?.kind === "file") waiting.push(target);
    }
  }
  await fetchImports(it, remote, found, fetched);
  return await packFiles(it, found, entry, undefined, await storedFiles(fetched));
}

/**
 * Fetches what files import from servers, and what that imports in turn: an agent uses no network. What cannot be had
 * is left out and told; whoever compiles the template says where it is wanted.
 */
async function fetchImports(
  it: Surroundings,
  remote: RemoteFiles,
  from: ReadonlyMap<string, Uint8Array>,
  fetched: Map<string, Uint8Array>,
): Promise<void> {
  const { importedUrls } = await import("./imported_urls.ts");
  const waiting = [...from].flatMap(([file, bytes]) => importedUrls(bytes, file));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { url, root } = next;
    if (fetched.has(url)) continue;
    const bytes = await remote.read(url);
    if (!bytes) {
      it.stderr.write(`cannot fetch ${url}: ${remote.failure(url)}\n`);
      continue;
    }
    fetched.set(url, bytes);
    checkBounds(sizesOf(fetched));
    waiting.push(...importedUrls(bytes, url, root).filter((each) => !fetched.has(each.url)));
  }
}

/** Fetches the files beside a template from a server that it names, as far as they are there. */
async function fetchArtifacts(
  remote: RemoteFiles,
  fetched: Map<string, Uint8Array>,
): Promise<void> {
  for (const [url, bytes] of [...fetched]) {
    if (!/\.ya?ml$/i.test(url)) continue;
    for (const name of await filesNamedIn(bytes, url)) {
      const target = new URL(name, url).href;
      const found = fetched.has(target) ? undefined : await remote.read(target);
      if (found) fetched.set(target, found);
    }
  }
}

async function storedPaths(...urls: readonly string[]): Promise<string[]> {
  const { fetchedPath } = await import("../tosca/mod.ts");
  return urls.map(fetchedPath);
}

/** Returns fetched files by their paths in a package. */
async function storedFiles(
  fetched: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (fetched.size === 0) return fetched;
  const paths = await storedPaths(...fetched.keys());
  return new Map([...fetched.values()].map((bytes, index) => [paths[index], bytes]));
}

/** An upload of files that have no other home than the package. */
function packed(contents: ReadonlyMap<string, Uint8Array>, entry: string): SourceUpload {
  const files = Object.fromEntries(
    [...contents].map(([path, bytes]) => [path, { base64: toBase64(bytes), executable: false }]),
  );
  return { upload: { files, entry }, atHome: (problem) => problem };
}

/** Returns a folder as it is, hidden files left out: a profile or a plugin. A file is uploaded as a template is. */
export async function uploadFolder(it: Surroundings, path: string): Promise<SourceUpload> {
  const info = await it.files.stat(path);
  if (info?.kind === "file") return await uploadTemplate(it, path);
  if (!info) noSuchPath(path);
  const found = await readFolder(it, normalPath(path));
  if (found.size === 0) {
    fail("CLI_FILE", { what: `Cannot upload "${path}": there are no files in it` });
  }
  return await packFiles(it, found, undefined, normalPath(path));
}

/** Reads all files of a folder that are not hidden, by their paths as the user knows them. */
export async function readFolder(it: Surroundings, path: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const waiting = [path];
  while (waiting.length > 0) {
    const folder = waiting.pop()!;
    for (const name of await it.files.list(folder)) {
      if (name.startsWith(".")) continue;
      const child = normalPath(joinPath(folder, name));
      const kind = (await it.files.stat(child))?.kind;
      if (kind === "directory") waiting.push(child);
      if (kind === "file") found.set(child, await readFile(it, child));
      checkBounds(sizesOf(found));
    }
  }
  return found;
}

/** Runs what uses an upload; its problems are told with the user's own paths. */
export async function withSources<T>(
  source: SourceUpload | undefined,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!source) throw error;
    throw new ProblemsError(toProblems(error, "run the command").map(source.atHome));
  }
}

/** Returns the template that a path names: the file itself, or the only template in a folder. */
export async function findTemplate(it: Surroundings, path: string): Promise<string> {
  if (isUrl(path) || await isPackage(it, path)) return path;
  const info = await it.files.stat(path);
  if (!info) noSuchPath(path);
  if (info.kind === "file") return path;
  const templates: string[] = [];
  for (const name of await it.files.list(path)) {
    if (!/\.ya?ml$/.test(name)) continue;
    const file = joinPath(path, name);
    const text = new TextDecoder().decode(await it.files.read(file));
    if (/^service_template\s*:/m.test(text)) templates.push(file);
  }
  if (templates.length === 1) return templates[0];
  fail("CLI_FILE", {
    what: templates.length === 0
      ? `Cannot find a service template in "${path}"`
      : `Cannot choose a service template in "${path}": there are ${templates.length}`,
    why: templates.length === 0
      ? `No YAML file in the folder has the key "service_template"`
      : `These files have the key "service_template": ${templates.join(", ")}`,
    fix: "Name the file itself",
  });
}

/** Says that nothing is at a path, or a thing that is neither file nor folder. */
export function noSuchPath(path: string): never {
  fail("CLI_FILE", {
    what: `Cannot read "${path}": there is no such file or folder`,
    fix: "Check the path; a registered template is named without slash and ending",
  });
}

function sizesOf(found: ReadonlyMap<string, Uint8Array>): number[] {
  return [...found.values()].map((each) => each.length);
}

function checkBounds(sizes: readonly number[]): void {
  const bytes = sizes.reduce((sum, each) => sum + each, 0);
  if (bytes <= uploadBytesMax && sizes.length <= uploadFilesMax) return;
  fail("CLI_FILE", {
    what: `Cannot upload the template: it needs more than ${uploadFilesMax} files or ${
      uploadBytesMax / 1024 / 1024
    } MiB`,
    fix: "Keep large artifacts out of the template: name them by URL",
  });
}

/** Keys under which TOSCA takes a file (TOSCA 2.0, sections 6.8, 12.4 and 15.3), at any depth below them. */
const fileKeys = new Set([
  "imports",
  "url",
  "file",
  "artifacts",
  "implementation",
  "primary",
  "dependencies",
]);

async function filesNamedIn(bytes: Uint8Array, file: string): Promise<Set<string>> {
  const { parseYaml, stringOf } = await import("../yaml/mod.ts");
  type Node = NonNullable<ReturnType<typeof parseYaml>["value"]>;
  const names = new Set<string>();
  const visit = (node: Node, isFilePlace: boolean): void => {
    if (node.kind === "list") node.items.forEach((item) => visit(item, isFilePlace));
    else if (node.kind === "map") {
      for (const { key, value } of node.entries) {
        visit(value, isFilePlace || fileKeys.has(stringOf(key) ?? ""));
      }
    } else if (isFilePlace && typeof node.value === "string" && isRelative(node.value)) {
      names.add(node.value);
    }
  };
  const { value } = parseYaml(new TextDecoder().decode(bytes), file);
  if (value) visit(value, false);
  return names;
}

function isRelative(text: string): boolean {
  return text !== "" && !text.startsWith("/") && !/^[a-z][a-z0-9+.-]*:/i.test(text) &&
    !/[\n\0]/.test(text);
}

/** The package's root is the folder that holds all of the files. */
async function packFiles(
  it: Surroundings,
  found: ReadonlyMap<string, Uint8Array>,
  entry: string | undefined,
  folder?: string,
  fetched: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<SourceUpload> {
  const root = folder ?? commonFolder([...found.keys()]);
  const inside = (path: string) => root === "" ? path : path.slice(root.length + 1);
  const files: Record<string, { base64: string; executable: boolean }> = {};
  for (const [path, bytes] of [...found].sort(([a], [b]) => a < b ? -1 : 1)) {
    const executable = (await it.files.stat(path))?.executable ?? false;
    files[inside(path)] = { base64: toBase64(bytes), executable };
  }
  for (const [path, bytes] of fetched) files[path] = { base64: toBase64(bytes), executable: false };
  return {
    upload: { files, ...(entry !== undefined && { entry: inside(entry) }) },
    atHome: function atHome(problem): Problem {
      const position = problem.where?.position;
      const isOurs = position !== undefined && Object.hasOwn(files, position.file);
      return {
        ...problem,
        ...(isOurs && {
          where: {
            ...problem.where,
            position: { ...position, file: joinPath(root, position.file) },
          },
        }),
        ...(problem.cause && { cause: atHome(problem.cause) }),
      };
    },
  };
}

/** Returns the deepest folder that all paths are in, without a slash at its end; `""` for the working directory. */
function commonFolder(paths: readonly string[]): string {
  let common = parentOf(paths[0]);
  for (const path of paths) {
    while (common !== "" && !path.startsWith(`${common}/`)) common = parentOf(common);
  }
  const isOutside = paths.some((path) => path.startsWith("../"));
  if (common === "" && isOutside) {
    fail("CLI_FILE", {
      what: "Cannot upload the template: it needs files above the working directory",
      why: paths.filter((path) => path.startsWith("../")).join(", "),
      fix:
        "Run the command in the folder that holds all of them, or name the template by its absolute path",
    });
  }
  return common;
}

/** In pieces, because a call takes a bounded number of arguments. */
function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(pieces.join(""));
}
