import { exitCodeMeanings } from "../exit_codes.ts";
import type { Surroundings } from "../surroundings.ts";

/** The first line is for scripts: it has the version alone. */
export async function printVersion(it: Surroundings): Promise<void> {
  const { kind, architecture, runtime, plugins } = await it.build();
  it.stdout.write(
    `khutulun ${it.version}\n` +
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
