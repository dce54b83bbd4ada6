import { createHash } from "node:crypto";
import { compareStrings, fail } from "../base/mod.ts";

/** One file of a package. */
export interface PackageFile {
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** Bounds on what an upload may make us keep. */
export const packageLimits = {
  filesMax: 10_000,
  bytesMax: 1024 * 1024 * 1024,
  pathBytesMax: 1_000,
} as const;

/** Returns `sha256:…` of bytes. */
export function bytesDigest(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * Returns the digest of a package: of a list with a line for each file, in the order of their paths:
 *
 *     644 <sha256 of the content, hex> service.yaml
 *     755 <sha256 of the content, hex> scripts/web.py
 */
export function packageDigest(files: ReadonlyMap<string, PackageFile>): string {
  const lines = [...files].sort(([a], [b]) => compareStrings(a, b)).map(([path, file]) => {
    const hex = bytesDigest(file.bytes).slice("sha256:".length);
    return `${file.executable ? "755" : "644"} ${hex} ${path}\n`;
  });
  return bytesDigest(new TextEncoder().encode(lines.join("")));
}

/** Refuses files that could not be told apart, found again, or that would lie outside their package. */
export function checkPackageFiles(files: ReadonlyMap<string, PackageFile>): void {
  if (files.size === 0) refuse("", "There is no file in it");
  if (files.size > packageLimits.filesMax) {
    refuse("", `It has ${files.size} files, of at most ${packageLimits.filesMax}`);
  }
  let total = 0;
  for (const [path, { bytes }] of files) {
    checkPackagePath(path);
    total += bytes.length;
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      if (files.has(path.slice(0, at))) refuse(path, `"${path.slice(0, at)}" is a file`);
    }
  }
  if (total > packageLimits.bytesMax) {
    refuse("", `It has more than ${packageLimits.bytesMax} bytes`);
  }
}

/** Refuses a path that leads, or could be taken to lead, out of its package. */
export function checkPackagePath(path: string): void {
  if (path === "") refuse(path, "It is empty");
  if (new TextEncoder().encode(path).length > packageLimits.pathBytesMax) {
    refuse(path, "It is too long");
  }
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) refuse(path, "It has control characters");
  if (!path.isWellFormed()) refuse(path, "It is not well-formed Unicode");
  if (path.startsWith("/")) refuse(path, "It is absolute");
  const parts = path.split("/");
  if (parts.includes("..")) refuse(path, "It leads out of the package");
  if (parts.includes(".") || parts.includes("")) refuse(path, "It is not in its shortest form");
}

function refuse(path: string, why: string): never {
  fail("STATE_PACKAGE_PATH", {
    what: path === ""
      ? "Cannot keep the package"
      : `Cannot keep "${path.slice(0, 200)}" in a package`,
    why,
    fix: "Name files by paths relative to the package's own directory",
  });
}
