/**
 * Lets a guest spin until its deadline stops it, and prints the processor time (clock ticks of this whole process)
 * that was spent while it span, and in an equally long time after that. A process of its own: nothing else counts.
 */
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import { loadedPlugin } from "../support/plugins.ts";
import { name, parts, section, wasmModule } from "../support/wasm_builder.ts";

const spinMs = 1_500;
/** `loop br 0 end`: no host call, no memory, nothing that could be waited for. */
const loop = section(10, 1, 9, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0, 0x0b);
const exports = section(7, 1, ...name("call"), 0, 0);
const wasm = wasmModule(parts.types, parts.functions, exports, loop);

/** Processor time of all threads of this process, fields 14 and 15 of /proc/self/stat. */
function ticks(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").split(") ")[1].split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const runtime = new ExtismRuntime({ idleMs: 60_000 });
const { module } = await loadedPlugin({ name: "spin" }, wasm);
const limits = { deadlineMs: spinMs, memoryBytesMax: 1 << 20, outputBytesMax: 1024 };
const start = ticks();
const outcome = await runtime.call(module, new Uint8Array(), () => Promise.reject(), limits)
  .then(() => "answered", (error: Error) => error.message);
if (!outcome.startsWith("PLUGIN_DEADLINE")) throw new Error(outcome);
const stopped = ticks();
await new Promise((resolve) => setTimeout(resolve, spinMs));
console.log(JSON.stringify({ spinningTicks: stopped - start, idleTicks: ticks() - stopped }));
await runtime.close();
