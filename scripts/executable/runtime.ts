import { walkFiles } from "../walk.ts";

/** A Deno for one architecture, as npm has it. */
export interface RuntimePackage {
  /** As `uname -m` says it. */
  readonly machine: string;
  /** As `deno compile --target` says it. */
  readonly target: string;
  readonly package: string;
  /** SHA-256 of the file `deno` in the package. */
  readonly sha256: string;
}

/** The runtime that the executables carry. Its version is also that of `npx deno@…` in the README. */
const runtimeVersion = "2.9.5";

export const runtimePackages: readonly RuntimePackage[] = [
  {
    machine: "x86_64",
    target: "x86_64-unknown-linux-gnu",
    package: "@deno/linux-x64-glibc",
    sha256: "dc480c462c8c3582524f3e75c160613d0a975e1f66b5465995d58bae236da7d3",
  },
  {
    machine: "aarch64",
    target: "aarch64-unknown-linux-gnu",
    package: "@deno/linux-arm64-glibc",
    sha256: "e1a70c5eb03b0ebaf761077029ef86b9ba22d50e2b54ca45ce5437457f701b63",
  },
];

/** Returns the bytes of a runtime: from Deno's npm cache, or else from npm; refuses other bytes than the known ones. */
export async function fetchRuntime(wanted: RuntimePackage): Promise<Uint8Array<ArrayBuffer>> {
  const name = `${wanted.package}@${runtimeVersion}`;
  await deno(["cache", "--quiet", "--no-config", "--no-lock", `npm:${name}`]);
  const { npmCache } = JSON.parse(await deno(["info", "--json"])) as { npmCache: string };
  const ending = `${wanted.package}/${runtimeVersion}/deno`;
  const path = findBelow(npmCache, ending);
  if (!path) throw new Error(`"${name}" is not in the npm cache "${npmCache}"`);
  const bytes = await Deno.readFile(path);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (digest === wanted.sha256) return bytes;
  throw new Error(`The runtime in "${name}" has the digest ${digest}, not ${wanted.sha256}`);
}

/** The cache has a folder for each registry host, whatever its name here. */
function findBelow(npmCache: string, ending: string): string | undefined {
  const hosts = [...Deno.readDirSync(npmCache)].filter((entry) => entry.isDirectory);
  return hosts.map(({ name }) => `${npmCache}/${name}/${ending}`)
    .find((path) => [...walkFiles("", [path], "")].length > 0);
}

async function deno(args: readonly string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`"deno ${args.join(" ")}" failed: ${new TextDecoder().decode(stderr)}`);
}
