import { fail } from "../../base/mod.ts";
import { hostFunctionNames } from "../../plugin/mod.ts";
import { concatBytes, encodeName, encodeU32, MalformedWasm, WasmReader } from "./wasm_bytes.ts";
import { wasiFunctionNames } from "./wasi_shim.ts";

/** The largest module that is read. */
const moduleBytesMax = 32 * 1024 * 1024;

/** Entries of a table: V8 would let a guest grow one to ten million. */
const tableEntriesMax = 65_536;

const pageBytes = 65_536;

/** What is offered of Extism's own kernel: memory, input, output and errors; no HTTP. */
const kernelFunctions: ReadonlySet<string> = new Set([
  ...["alloc", "free", "length", "length_unsafe"],
  ...["load_u8", "load_u64", "store_u8", "store_u64"],
  ...["input_offset", "input_length", "input_load_u8", "input_load_u64"],
  ...["output_set", "error_set", "error_get", "config_get", "var_get", "var_set"],
  ...["get_log_level", "log_trace", "log_debug", "log_info", "log_warn", "log_error"],
]);

/** Modules of imports, as guests name them. */
const kernelModule = "extism:host/env";
const userModule = "extism:host/user";
const wasiModule = "wasi_snapshot_preview1";

/**
 * What the imports from WASI are renamed to: Extism would put the machine's own WASI behind the usual name, and ours
 * denies everything.
 */
export const deniedWasiModule = "khutulun:wasi";

/**
 * What `_initialize` is renamed to: Extism would call it before the instance is known, and a toolchain's start-up
 * code already calls WASI, which needs the instance's memory.
 */
export const initializeExport = "khutulun_initialize";

/**
 * What a module's start function is exported as, which would run while the instance is made, when nobody can tell whose
 * code has the thread.
 */
export const startExport = "khutulun_start";

/** The one function of a plugin that is called from outside. */
export const entryExport = "call";

/** A module that may be run. */
export interface GuardedModule {
  readonly bytes: Uint8Array;
  /** Exports that are called on a new instance, in this order: nothing of a guest runs while it is made. */
  readonly initializers: readonly string[];
}

const section = { type: 1, import: 2, table: 4, memory: 5, export: 7, start: 8 } as const;

/**
 * Returns the module with its memory capped, after checking that it reaches for nothing but what is offered.
 *
 * The cap is in the module itself (its memory section says a maximum), because no option of the runtime caps linear
 * memory. Refused with `PLUGIN_MODULE`: imports that are not on the list; shared, 64-bit, imported or several
 * memories; types of the garbage-collected heap, which no memory section would cap; commands (`_start`), which run once.
 */
export function guardModule(
  plugin: string,
  bytes: Uint8Array,
  memoryBytesMax: number,
): GuardedModule {
  if (bytes.length > moduleBytesMax) {
    refuse(plugin, `it has ${bytes.length} bytes, the limit is ${moduleBytesMax}`);
  }
  try {
    return rewrite(plugin, bytes, Math.floor(memoryBytesMax / pageBytes));
  } catch (error) {
    if (error instanceof MalformedWasm || error instanceof TypeError) {
      refuse(plugin, `it is not a WebAssembly binary: ${error.message}`);
    }
    throw error;
  }
}

function rewrite(plugin: string, bytes: Uint8Array, pagesMax: number): GuardedModule {
  const reader = new WasmReader(bytes);
  const header = reader.take(8);
  if (header.join() !== "0,97,115,109,1,0,0,0") {
    throw new MalformedWasm("it does not begin as one of version 1 does");
  }
  const parts: (Uint8Array | number[])[] = [header];
  let exports: string[] = [];
  const start = findStart(bytes);
  while (!reader.isAtEnd) {
    const at = reader.at;
    const id = reader.byte();
    const content = reader.take(reader.u32());
    const inner = new WasmReader(content);
    if (id === section.start) continue;
    if (id === section.type) checkTypes(plugin, inner);
    if (id === section.export) exports = readExportNames(inner);
    const replaced = id === section.import
      ? rewriteImports(plugin, inner)
      : id === section.memory
      ? rewriteMemory(plugin, inner, pagesMax)
      : id === section.table
      ? rewriteTables(plugin, inner)
      : id === section.export
      ? rewriteExports(new WasmReader(content), start)
      : undefined;
    parts.push(
      replaced
        ? concatBytes([[id], encodeU32(replaced.length), replaced])
        : bytes.subarray(at, reader.at),
    );
  }
  checkExports(plugin, exports);
  const initializers = [
    ...(start === undefined ? [] : [startExport]),
    ...(exports.includes("_initialize") ? [initializeExport] : []),
  ];
  return { bytes: concatBytes(parts), initializers };
}

/** Returns the index of the module's start function; it stands after the exports, to which it is to be added. */
function findStart(bytes: Uint8Array): number | undefined {
  const reader = new WasmReader(bytes, 8);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const content = reader.take(reader.u32());
    if (id === section.start) return new WasmReader(content).u32();
  }
  return undefined;
}

function checkTypes(plugin: string, reader: WasmReader): void {
  for (let count = reader.u32(); count > 0; count--) {
    if (reader.byte() !== 0x60) {
      refuse(plugin, "it has types of the garbage-collected heap, whose size cannot be limited");
    }
    for (const _side of ["parameters", "results"]) {
      for (let types = reader.u32(); types > 0; types--) {
        const type = reader.byte();
        if (type === 0x63 || type === 0x64) reader.skipS33();
      }
    }
  }
}

function rewriteImports(plugin: string, reader: WasmReader): Uint8Array {
  const count = reader.u32();
  const parts: (Uint8Array | number[])[] = [encodeU32(count)];
  for (let index = 0; index < count; index++) {
    const [from, name, kind] = [reader.name(), reader.name(), reader.byte()];
    if (kind !== 0) {
      refuse(plugin, `it imports "${name}" of "${from}", which is not a function`);
    }
    if (!isOffered(from, name)) {
      refuse(plugin, `it imports the function "${name}" of "${from}", which is not offered`);
    }
    const module = from === wasiModule ? deniedWasiModule : from;
    parts.push(encodeName(module), encodeName(name), [0], encodeU32(reader.u32()));
  }
  return concatBytes(parts);
}

function isOffered(module: string, name: string): boolean {
  switch (module) {
    case kernelModule:
      return kernelFunctions.has(name);
    case userModule:
      return (hostFunctionNames as readonly string[]).includes(name);
    case wasiModule:
      return wasiFunctionNames.has(name);
    default:
      return false;
  }
}

function rewriteMemory(plugin: string, reader: WasmReader, pagesMax: number): Uint8Array {
  const count = reader.u32();
  if (count === 0) return Uint8Array.of(0);
  if (count > 1) refuse(plugin, `it has ${count} memories, the limit is 1`);
  const { min, max } = readLimits(plugin, reader, "memory");
  if (min > pagesMax) {
    refuse(
      plugin,
      `it wants ${min * pageBytes} bytes of memory at once, the limit is ${pagesMax * pageBytes}`,
    );
  }
  return concatBytes([[1, 1], encodeU32(min), encodeU32(Math.min(max ?? pagesMax, pagesMax))]);
}

function rewriteTables(plugin: string, reader: WasmReader): Uint8Array {
  const count = reader.u32();
  if (count > 8) refuse(plugin, `it has ${count} tables, the limit is 8`);
  const parts: number[][] = [encodeU32(count)];
  for (let index = 0; index < count; index++) {
    const type = reader.byte();
    if (type !== 0x70 && type !== 0x6f) refuse(plugin, "it has a table of an unknown type");
    const { min, max } = readLimits(plugin, reader, "table");
    if (min > tableEntriesMax) {
      refuse(plugin, `it wants a table of ${min} entries, the limit is ${tableEntriesMax}`);
    }
    parts.push(
      [type, 1],
      encodeU32(min),
      encodeU32(Math.min(max ?? tableEntriesMax, tableEntriesMax)),
    );
  }
  return concatBytes(parts);
}

function readLimits(
  plugin: string,
  reader: WasmReader,
  what: string,
): { min: number; max: number | undefined } {
  const flags = reader.byte();
  if (flags & 2) refuse(plugin, `its ${what} is shared between threads`);
  if (flags & 4) refuse(plugin, `its ${what} has 64-bit addresses`);
  if (flags > 1) refuse(plugin, `its ${what} has limits of an unknown form`);
  return { min: reader.u32(), max: flags === 1 ? reader.u32() : undefined };
}

function readExportNames(reader: WasmReader): string[] {
  const names: string[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const [name, kind] = [reader.name(), reader.byte()];
    reader.u32();
    // A function by name, anything else by a name that no check asks for.
    names.push(kind === 0 ? name : `${name} (${kind})`);
  }
  return names;
}

function rewriteExports(reader: WasmReader, start: number | undefined): Uint8Array {
  const count = reader.u32();
  const parts: (Uint8Array | number[])[] = [encodeU32(start === undefined ? count : count + 1)];
  for (let index = 0; index < count; index++) {
    const [name, kind] = [reader.name(), reader.byte()];
    const renamed = name === "_initialize" ? initializeExport : name;
    parts.push(encodeName(renamed), [kind], encodeU32(reader.u32()));
  }
  if (start !== undefined) parts.push(encodeName(startExport), [0], encodeU32(start));
  return concatBytes(parts);
}

function checkExports(plugin: string, exports: readonly string[]): void {
  if (!exports.includes(entryExport)) {
    refuse(plugin, `it exports no function "${entryExport}"`);
  }
  for (const name of ["_start", "hs_init"]) {
    if (exports.includes(name)) {
      refuse(plugin, `it is a command (it exports "${name}"): build it as a reactor`);
    }
  }
}

function refuse(plugin: string, why: string): never {
  fail("PLUGIN_MODULE", {
    what: `Cannot load plugin "${plugin}"`,
    why: why[0].toUpperCase() + why.slice(1),
    where: { subject: `plugin ${plugin}` },
    fix: "Build the plugin with the PDK, and import nothing but what the contract offers",
  });
}
