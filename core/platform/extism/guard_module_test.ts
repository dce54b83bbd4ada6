import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../base/mod.ts";
import { name, parts, section, wasmModule } from "../../../tests/support/wasm_builder.ts";
import { deniedWasiModule, guardModule, initializeExport, startExport } from "./guard_module.ts";

const memoryBytesMax = 16 * 65_536;

const compile = (bytes: Uint8Array) => new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
const guard = (bytes: Uint8Array) => guardModule("guest", bytes, memoryBytesMax);

const memoryExport = section(7, 2, ...name("call"), 0, 0, ...name("memory"), 2, 0);

Deno.test("guardModule() caps a memory, whether or not it has a maximum of its own", () => {
  for (const limits of [[0, 1], [1, 1, 0xff, 0x01], [1, 1, 2]]) {
    const bytes = wasmModule(
      parts.types,
      parts.functions,
      section(5, 1, ...limits),
      memoryExport,
      parts.code,
    );
    const module = compile(guard(bytes).bytes);
    const { memory, call } = new WebAssembly.Instance(module).exports as {
      memory: WebAssembly.Memory;
      call: () => number;
    };
    const most = Math.min(limits.length === 3 ? limits[2] : 16, 16);
    assert.equal(memory.grow(most - 1), 1);
    assert.throws(() => memory.grow(1), RangeError);
    assert.equal(call(), 0);
  }
});

Deno.test("guardModule() caps a table", () => {
  const bytes = wasmModule(
    parts.types,
    parts.functions,
    section(4, 1, 0x70, 0, 1),
    section(7, 2, ...name("call"), 0, 0, ...name("table"), 1, 0),
    parts.code,
  );
  const { table } = new WebAssembly.Instance(compile(guard(bytes).bytes)).exports;
  assert.throws(() => (table as WebAssembly.Table).grow(70_000), RangeError);
});

Deno.test("guardModule() renames WASI and the initializer", () => {
  const bytes = wasmModule(
    parts.types,
    section(2, 1, ...name("wasi_snapshot_preview1"), ...name("sched_yield"), 0, 0),
    parts.functions,
    section(7, 2, ...name("call"), 0, 1, ...name("_initialize"), 0, 1),
    parts.code,
  );
  const guarded = guard(bytes);
  assert.deepEqual(guarded.initializers, [initializeExport]);
  const module = compile(guarded.bytes);
  assert.deepEqual(WebAssembly.Module.imports(module).map((each) => each.module), [
    deniedWasiModule,
  ]);
  assert.deepEqual(WebAssembly.Module.exports(module).map((each) => each.name), [
    "call",
    initializeExport,
  ]);
});

Deno.test("guardModule() makes a start function an export, so that nothing runs by itself", () => {
  const bytes = wasmModule(
    section(1, 2, 0x60, 0, 1, 0x7f, 0x60, 0, 0),
    section(3, 2, 0, 1),
    parts.exports,
    section(8, 1),
    section(10, 2, 4, 0, 0x41, 0, 0x0b, 3, 0, 0, 0x0b),
  );
  assert.throws(() => new WebAssembly.Instance(compile(bytes)), WebAssembly.RuntimeError);
  const guarded = guard(bytes);
  assert.deepEqual(guarded.initializers, [startExport]);
  const { exports } = new WebAssembly.Instance(compile(guarded.bytes));
  assert.throws(exports[startExport] as () => void, WebAssembly.RuntimeError);
});

Deno.test("guardModule() refuses what it does not offer", () => {
  const check = (why: RegExp, ...sections: readonly (readonly number[])[]) =>
    assert.throws(() => guard(wasmModule(...sections)), ({ problem }: ProblemError) => {
      assert.equal(problem.code, "PLUGIN_MODULE");
      assert.match(problem.why!, why);
      return true;
    });
  const importing = (module: string, entry: string, ...kind: number[]) =>
    section(2, 1, ...name(module), ...name(entry), ...kind);
  check(/"memory" of "env", which is not a function/, importing("env", "memory", 2, 0, 1));
  check(/"exec" of "env", which is not offered/, parts.types, importing("env", "exec", 0, 0));
  check(/"rm" of "extism:host\/user"/, parts.types, importing("extism:host/user", "rm", 0, 0));
  check(/64-bit addresses/, section(5, 1, 4, 1));
  check(/has 2 memories/, section(5, 2, 0, 1, 0, 1));
  check(/exports no function "call"/, parts.types);
  check(/exports no function "call"/, parts.memory, section(7, 1, ...name("call"), 2, 0));
  check(/is a command/, section(7, 2, ...name("call"), 0, 0, ...name("_start"), 0, 0));
});

Deno.test("guardModule() takes or refuses any bytes, and never lets a memory past the cap", () => {
  const whole = wasmModule(
    parts.types,
    parts.functions,
    parts.memory,
    memoryExport,
    parts.code,
  );
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = whole.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      let guarded: Uint8Array;
      try {
        guarded = guard(bytes).bytes;
      } catch (error) {
        assert(error instanceof ProblemError, `${error}`);
        return;
      }
      if (!WebAssembly.validate(guarded as Uint8Array<ArrayBuffer>)) return;
      const module = compile(guarded);
      if (WebAssembly.Module.imports(module).length > 0) return;
      const { memory } = new WebAssembly.Instance(module).exports;
      if (memory instanceof WebAssembly.Memory) assert.throws(() => memory.grow(17), RangeError);
    }),
    { numRuns: 2_000 },
  );
});
