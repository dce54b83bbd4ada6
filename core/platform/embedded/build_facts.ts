/** What `khutulun version` tells of the program itself. */
export interface BuildFacts {
  /** How the program came here: `executable` is one file, `bundle` and `checkout` need a Deno. */
  readonly kind: "executable" | "bundle" | "checkout";
  /** `x86_64` or `aarch64`. */
  readonly architecture: string;
  /** `Deno 2.9.5`. */
  readonly runtime: string;
  /** Names of the included plugins, sorted. */
  readonly plugins: readonly string[];
  /** Absolute path of the one file that was started, where the program is an executable. */
  readonly executable?: string;
}

/**
 * Reads how this program was built; `root` is the folder of `main.ts` or `main.js`, `env` this process's environment.
 *
 * The self-extracting executable names itself in `KHUTULUN_EXECUTABLE`, for the process that runs is Deno's.
 */
export async function readBuildFacts(
  root: URL,
  env: Readonly<Record<string, string | undefined>>,
): Promise<BuildFacts> {
  const executable = Deno.build.standalone ? Deno.execPath() : env.KHUTULUN_EXECUTABLE;
  const isCheckout = await Deno.stat(new URL("main.ts", root)).then(() => true, () => false);
  return {
    kind: executable ? "executable" : isCheckout ? "checkout" : "bundle",
    architecture: Deno.build.arch,
    runtime: `Deno ${Deno.version.deno}`,
    plugins: await pluginNames(root),
    executable,
  };
}

async function pluginNames(root: URL): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(new URL("build/plugins/", root)));
    return entries.filter((each) => each.isDirectory).map((each) => each.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
