import { fileURLToPath } from "node:url";
import { must } from "./command.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Puts what scenarios need into the folder that all hosts see as `/mnt/lab`.
 *
 * A program of `tests/lab/programs/` becomes `/mnt/lab/NAME.js`, to be run by `/mnt/lab/deno`.
 */
export async function stage(shared: string, needs: ReadonlySet<string>): Promise<void> {
  for (const name of needs) await stageProgram(shared, name);
}

async function stageProgram(shared: string, name: string): Promise<void> {
  const source = here(`./programs/${name}.ts`);
  await must([Deno.execPath(), "bundle", "--quiet", "--output", `${shared}/${name}.js`, source]);
  await must(["cp", "--reflink=auto", "--update=none", Deno.execPath(), `${shared}/deno`])
    .catch(() => must(["cp", "-n", Deno.execPath(), `${shared}/deno`]));
}
