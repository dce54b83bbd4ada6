/**
 * Builds the plugins, and plays the demo from this checkout.
 *
 *     deno task demo [--keep]
 *
 * `--keep` leaves the cluster running, and says where it is and what to try next.
 */
import { buildPlugins } from "./build_plugins.ts";
import { playDemo, say } from "../demo/play_demo.ts";
import { checkoutProgram } from "../demo/session.ts";
import { readArguments } from "./read_arguments.ts";

if (import.meta.main) {
  const { values: { keep } } = readArguments({
    task: "deno task demo",
    about: "Builds the plugins, and plays a session with a cluster of one from this checkout.",
    options: { keep: { about: "leaves the cluster running, and says what to try next" } },
  });
  Deno.exit(await playDemo({ program: checkoutProgram, keep, prepare: build }));
}

async function build(): Promise<void> {
  say("Building the plugins");
  for (const { name, isCompiled, wasmBytes } of await buildPlugins()) {
    const how = isCompiled ? "compiled" : "there already";
    console.log(`  ${name.padEnd(10)} ${how}, ${Math.ceil(wasmBytes / 1024)} KiB`);
  }
}
