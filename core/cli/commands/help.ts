import { exitCodeMeanings } from "../exit_codes.ts";
import type { Surroundings } from "../surroundings.ts";

export function printVersion(it: Surroundings): Promise<void> {
  return Promise.resolve(it.stdout.write(`khutulun ${it.version}\n`));
}

export function helpExitCodes(it: Surroundings): Promise<void> {
  it.stdout.write(
    exitCodeMeanings.map(([code, meaning]) => `${String(code).padStart(3)}  ${meaning}\n`).join(""),
  );
  return Promise.resolve();
}
