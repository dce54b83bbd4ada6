import type { BenchRow } from "../bench_row.ts";
import { stateReadsPerSecond } from "../../tests/support/state_reads.ts";

const services = 100;

/** How often the state is looked at by an agent with nothing to do: counted in virtual time, for it is no matter of speed. */
export const rows: readonly BenchRow[] = [{
  name: `idle agent: looks into the state with ${services} services (simulated)`,
  unit: "/s",
  rounds: 1,
  target: { atMost: 1 },
  prepare: (isShort) =>
    Promise.resolve({
      sample: () => stateReadsPerSecond({ services, seconds: isShort ? 600 : 3_600 }),
    }),
}];
