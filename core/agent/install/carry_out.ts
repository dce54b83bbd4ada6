import type { Files, Processes } from "../../ports/mod.ts";
import type { Step } from "../../plan/mod.ts";
import { assert } from "../../base/mod.ts";
import { runStep } from "../pass/effects.ts";

/** What carrying out needs of the host. */
export interface InstallPorts {
  readonly files: Files;
  readonly processes: Processes;
  /** The host's name, for problems. */
  readonly host: string;
}

/**
 * Carries out the steps of an installation in their order; `say` is told what each does before it is done.
 *
 * It stops at the first that fails, with a `ProblemError`. Doing it all again is harmless, and goes on from there.
 */
export async function carryOut(
  steps: readonly Step[],
  ports: InstallPorts,
  say: (why: string) => void,
): Promise<void> {
  const effectPorts = {
    ...ports,
    readArtifact: (): Promise<Uint8Array> => {
      assert(false, "an installation copies no artifact");
    },
  };
  for (const step of steps) {
    say(step.why);
    await runStep(step, effectPorts);
  }
}
