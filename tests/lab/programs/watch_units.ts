/**
 * Prints every unit change that the agent would be told of, for the scenarios.
 *
 *     deno run -A watch_units.js system|user PREFIX
 */
import {
  chooseManager,
  connectBus,
  readSystemdFacts,
  systemdPlaces,
  SystemdUnitWatch,
} from "../../../core/platform/systemd/mod.ts";

const [mode, prefix] = Deno.args;
const facts = await readSystemdFacts(systemdPlaces(Deno.env.toObject()));
const manager = chooseManager(mode as "system" | "user", facts);
console.log(`manager: ${manager.kind}${manager.problem ? `: ${manager.problem.why}` : ""}`);
if (manager.kind === "none") Deno.exit(1);
const clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      setTimeout(resolve, durationMs);
      signal?.addEventListener("abort", () => reject(signal.reason));
    }),
};
const logger = { log: (_: string, message: string) => console.log(message) };
await new SystemdUnitWatch(clock, connectBus, logger, { bus: manager.bus, prefix })
  .watch((unit) => console.log(`changed: ${unit ?? "perhaps everything"}`));
console.log("watching");
await new Promise(() => setInterval(() => {}, 60_000)); // until it is killed
