import { exitCodeMeanings } from "../exit_codes.ts";
import type { OutputFlags } from "../flags.ts";
import { printData } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";

/** The first line is for scripts: it has the version alone, as has `-o name`. */
export async function printVersion(it: Surroundings, { output }: OutputFlags): Promise<void> {
  const { version } = it;
  if (output === "name") return it.stdout.write(`${version}\n`);
  const { kind, architecture, runtime, plugins } = await it.build();
  if (output === "json" || output === "yaml") {
    return await printData(it, output, { version, build: kind, architecture, runtime, plugins });
  }
  it.stdout.write(
    `khutulun ${version}\n` +
      `build    ${kind}, ${architecture}\n` +
      `runtime  ${runtime}\n` +
      `plugins  ${plugins.join(", ") || "none"}\n`,
  );
}

export function helpExitCodes(it: Surroundings): Promise<void> {
  it.stdout.write(
    exitCodeMeanings.map(([code, meaning]) => `${String(code).padStart(3)}  ${meaning}\n`).join(""),
  );
  return Promise.resolve();
}
