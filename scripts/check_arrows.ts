/**
 * Checks that imports follow the table in `rooms.ts`: arrows point up the table only, other rooms are entered by their
 * `mod.ts`, and a package is imported in its one room. `*_test.ts` files are exempt.
 *
 *     deno task arrows
 */
import { readArguments } from "./read_arguments.ts";
import { packageRooms, rooms } from "./rooms.ts";
import { walkFiles } from "./walk.ts";

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Returns what is wrong with the imports of one file; `path` is relative to the project, with `/`. */
export function checkFile(path: string, text: string): Finding[] {
  const parts = path.split("/");
  if (path.endsWith("_test.ts")) return [];
  const room = parts[0] === "core" ? parts[1] : undefined;
  if (parts[0] === "core" && !(room! in rooms)) {
    return [{
      file: path,
      line: 1,
      message: `"${room}" is no room of scripts/rooms.ts: add it there, with its arrows`,
    }];
  }
  const findings: Finding[] = [];
  for (const { specifier, line } of importsOf(text)) {
    const message = specifier.startsWith(".")
      ? checkRelative(path, room, specifier)
      : checkPackage(room, specifier);
    if (message) findings.push({ file: path, line, message: `import "${specifier}": ${message}` });
  }
  return findings;
}

function checkRelative(
  path: string,
  room: string | undefined,
  specifier: string,
): string | undefined {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  const parts = target.split("/");
  if (parts[0] !== "core") {
    if (room && !target.startsWith("profiles/")) return `a room imports nothing outside core/`;
    const mayWire = path === "main.ts" || path.startsWith("wiring/");
    return parts[0] === "wiring" && !mayWire ? "only main.ts imports wiring/" : undefined;
  }
  const targetRoom = parts[1];
  if (targetRoom === room) return checkPrivate(path, target);
  if (room && !rooms[room].includes(targetRoom)) {
    return `arrow "${room}" → "${targetRoom}" is not in the table (${room} may import ${
      rooms[room].join(", ") || "nothing"
    })`;
  }
  const isDoor = parts.length === 3 && parts[2] === "mod.ts";
  const isSubDoor = parts.length === 4 && parts[3] === "mod.ts";
  if (room && !isDoor) return `enter "${targetRoom}" by core/${targetRoom}/mod.ts`;
  if (!room && !isDoor && !isSubDoor && !/_worker\.ts$/.test(target)) {
    return `enter "${targetRoom}" by one of its mod.ts`;
  }
  return undefined;
}

function checkPrivate(path: string, target: string): string | undefined {
  const name = target.split("/").at(-1)!;
  const sameFolder =
    path.slice(0, path.lastIndexOf("/")) === target.slice(0, target.lastIndexOf("/"));
  return name.startsWith("_") && !sameFolder ? `"${name}" is private to its folder` : undefined;
}

function checkPackage(room: string | undefined, specifier: string): string | undefined {
  const name = Object.keys(packageRooms).find((each) =>
    specifier === each || specifier.startsWith(`${each}/`)
  );
  if (
    specifier.startsWith("npm:") || specifier.startsWith("jsr:") || specifier.startsWith("http")
  ) {
    return "name the package in deno.json, pinned";
  }
  if (!name || room === undefined) return undefined;
  return packageRooms[name] === room
    ? undefined
    : `package "${name}" belongs to core/${packageRooms[name]}/ alone`;
}

/** Yields the specifiers of static and dynamic imports and re-exports, with their lines. */
export function* importsOf(text: string): Generator<{ specifier: string; line: number }> {
  const pattern =
    /(?:^|[;\n])\s*(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']|(?:^|[;\n])\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    yield {
      specifier: match[1] ?? match[2] ?? match[3],
      line: text.slice(0, end).split("\n").length,
    };
  }
}

if (import.meta.main) {
  readArguments({
    task: "deno task arrows",
    about: "Checks that imports follow the table of rooms in scripts/rooms.ts.",
  });
  const root = new URL("..", import.meta.url).pathname;
  const findings: Finding[] = [];
  let count = 0;
  for (const path of walkFiles(root, ["core", "demo", "main.ts", "scripts", "wiring"], ".ts")) {
    count++;
    findings.push(...checkFile(path, Deno.readTextFileSync(`${root}/${path}`)));
  }
  for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
  console.log(`arrows: ${count} files, ${findings.length} wrong`);
  if (findings.length > 0) Deno.exit(1);
}
