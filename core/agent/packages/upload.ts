import { fail } from "../../base/mod.ts";
import type { Upload } from "../use_cases.ts";

/** Files of a package in memory: path → bytes and whether they may be executed. */
export type PackageFiles = ReadonlyMap<string, { bytes: Uint8Array; executable: boolean }>;

const filesMax = 10_000;
const bytesMax = 256 * 1024 * 1024;

/** Returns the files of an upload, or fails where they could not be a package. Nothing is written. */
export function readUpload(upload: Upload): PackageFiles {
  const paths = Object.keys(upload.files).sort();
  if (paths.length === 0) refuse("It has no files", "Name a file, or a folder with files in it");
  if (paths.length > filesMax) refuse(`It has ${paths.length} files, more than ${filesMax}`);
  let total = 0;
  const files = new Map<string, { bytes: Uint8Array; executable: boolean }>();
  for (const path of paths) {
    if (!isInside(path)) refuse(`The path "${path}" leads out of the package`);
    const { base64, executable } = upload.files[path];
    const bytes = decodeBase64(base64);
    if (bytes === undefined) refuse(`The content of "${path}" is not base64`);
    total += bytes.length;
    if (total > bytesMax) {
      refuse(`Its files are larger than ${bytesMax / 1024 / 1024} MiB together`);
    }
    files.set(path, { bytes, executable });
  }
  return files;
}

/**
 * Returns the file that a template starts with: the one named, else the only YAML file, else `service.yaml`,
 * `template.yaml` or `main.yaml` at the top.
 */
export function entryOf(files: PackageFiles, named?: string): string {
  if (named !== undefined) {
    if (files.has(named)) return named;
    fail("AGENT_TEMPLATE_ENTRY", {
      what: `Cannot start with the file "${named}"`,
      why: "It is not among the template's files",
      fix: `Name one of: ${[...files.keys()].slice(0, 10).join(", ")}`,
    });
  }
  const top = [...files.keys()].filter((path) => /\.ya?ml$/.test(path) && !path.includes("/"));
  if (top.length === 1) return top[0];
  const usual = top.find((path) => /^(service|template|main)\.ya?ml$/.test(path));
  if (usual !== undefined) return usual;
  fail("AGENT_TEMPLATE_ENTRY", {
    what: "Cannot tell with which file the template starts",
    why: top.length === 0
      ? "There is no YAML file at the top of the package"
      : `There are several YAML files at the top: ${top.join(", ")}`,
    fix: `Call it "service.yaml", or name the file instead of its folder`,
  });
}

function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.includes("\0") && !path.includes("\\") &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function refuse(why: string, fix = "Upload other files"): never {
  fail("AGENT_UPLOAD_INVALID", { what: "Cannot take the uploaded files", why, fix });
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
