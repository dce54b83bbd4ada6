/** Yields the files below `starts` (files or folders, relative to `root`) with an ending, sorted, relative to `root`. */
export function* walkFiles(
  root: string,
  starts: readonly string[],
  ending: string,
): Generator<string> {
  for (const start of starts) {
    const info = statOrNothing(`${root}/${start}`);
    if (!info) continue;
    if (info.isFile) {
      if (start.endsWith(ending)) yield start;
      continue;
    }
    const names = [...Deno.readDirSync(`${root}/${start}`)].map((entry) => entry.name).sort();
    yield* walkFiles(root, names.map((name) => `${start}/${name}`), ending);
  }
}

function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
