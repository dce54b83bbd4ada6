/** Path inside a package, with `/` → bytes. */
type FileTree = ReadonlyMap<string, Uint8Array>;

/** The packages that every cluster starts with. */
export interface EmbeddedFiles {
  /** Profile name (`org.khutulun:1.0`) → its files. */
  readonly profiles: ReadonlyMap<string, FileTree>;
  /** Plugin name → `plugin.yaml` and `plugin.wasm`. */
  readonly plugins: ReadonlyMap<string, FileTree>;
}

const depthMax = 8;

/**
 * Reads the profiles and plugins that come with the program whose `main.ts` (or `main.js`) is in the folder `root`.
 *
 * A checkout in which the plugins were not built has none.
 */
export async function readEmbedded(root: URL): Promise<EmbeddedFiles> {
  const profiles = new Map<string, FileTree>();
  for (const name of await namesIn(new URL("profiles/", root))) {
    for (const version of await namesIn(new URL(`profiles/${name}/`, root))) {
      const files = await readTree(new URL(`profiles/${name}/${version}/`, root));
      profiles.set(`${name}:${version}`, files);
    }
  }
  const plugins = new Map<string, FileTree>();
  for (const name of await namesIn(new URL("build/plugins/", root))) {
    const files = new Map<string, Uint8Array>();
    for (const file of ["plugin.yaml", "plugin.wasm"]) {
      files.set(file, await Deno.readFile(new URL(`build/plugins/${name}/${file}`, root)));
    }
    plugins.set(name, files);
  }
  return { profiles, plugins };
}

/** Reads the files of one example (`hello-world`); nothing where there is no such example. */
export async function readExample(root: URL, name: string): Promise<FileTree | undefined> {
  const names = await namesIn(new URL("examples/", root));
  return names.includes(name) ? await readTree(new URL(`examples/${name}/`, root)) : undefined;
}

async function readTree(folder: URL, depth = 0): Promise<Map<string, Uint8Array>> {
  if (depth > depthMax) throw new Error(`Folders are nested too deep: "${folder.pathname}"`);
  const files = new Map<string, Uint8Array>();
  for (const { name, isDirectory } of await entriesIn(folder)) {
    if (!isDirectory) {
      files.set(name, await Deno.readFile(new URL(encodeURIComponent(name), folder)));
      continue;
    }
    const below = await readTree(new URL(`${encodeURIComponent(name)}/`, folder), depth + 1);
    for (const [path, bytes] of below) files.set(`${name}/${path}`, bytes);
  }
  return files;
}

async function namesIn(folder: URL): Promise<string[]> {
  return (await entriesIn(folder)).filter((each) => each.isDirectory).map((each) => each.name);
}

async function entriesIn(folder: URL): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
