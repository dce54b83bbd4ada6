import assert from "node:assert/strict";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import type { HostFunction } from "../../core/ports/mod.ts";
import { compileGuest, loadedPlugin } from "../support/plugins.ts";

const limits = { deadlineMs: 10_000, memoryBytesMax: 1 << 24, outputBytesMax: 1 << 20 };
const silent: HostFunction = () => Promise.resolve(new TextEncoder().encode("{}"));
const none = new Uint8Array();

async function moduleOf(source: string) {
  return (await loadedPlugin({ name: "guest" }, await compileGuest(source))).module;
}

/** Calls `log` with its input, then answers how often this very instance was called. */
const counting = `
import { log } from "../kit/host";
import { readInput, writeOutput } from "../kit/kernel";
let calls = 0;
export function call(): i32 {
  calls++;
  log("info", readInput());
  writeOutput(calls.toString());
  return 0;
}`;

Deno.test("ExtismRuntime runs calls that wait for the host side by side, on few threads", async () => {
  const runtime = new ExtismRuntime({ threadsMax: 2 });
  const module = await moduleOf(counting);
  let waiting = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  const host: HostFunction = async () => {
    if (++waiting === 8) open();
    await gate;
    return new TextEncoder().encode("{}");
  };
  try {
    const calls = Array.from({ length: 8 }, () => runtime.call(module, none, host, limits));
    const outputs = (await Promise.all(calls)).map((bytes) => new TextDecoder().decode(bytes));
    assert.deepEqual(outputs, Array(8).fill("1"), "each call has an instance of its own");
    assert.equal(runtime.threads, 2);
  } finally {
    await runtime.close();
  }
});

Deno.test("ExtismRuntime starts no thread before the first call, and ends those that are idle", async () => {
  const runtime = new ExtismRuntime({ idleMs: 30 });
  const module = await moduleOf(counting);
  assert.equal(runtime.threads, 0);
  try {
    await runtime.call(module, none, silent, limits);
    assert.equal(runtime.threads, 1);
    for (let tries = 0; tries < 400 && runtime.threads > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.equal(runtime.threads, 0);
    await runtime.call(module, none, silent, limits);
  } finally {
    await runtime.close();
  }
});

Deno.test("ExtismRuntime initializes a guest before its call, with WASI at hand", async () => {
  const runtime = new ExtismRuntime();
  const module = await moduleOf(`
import { writeOutput } from "../kit/kernel";
import { panic } from "../kit/panic";
@external("wasi_snapshot_preview1", "random_get")
declare function randomGet(at: usize, length: i32): i32;
let drawn: u64 = 0;
export function _initialize(): void {
  const at = memory.data(8);
  if (randomGet(at, 8) != 0) panic("there is no randomness");
  drawn = load<u64>(at);
}
export function call(): i32 {
  writeOutput(drawn.toString());
  return 0;
}`);
  try {
    const draw = async () =>
      new TextDecoder().decode(await runtime.call(module, none, silent, limits));
    const [first, second] = [await draw(), await draw()];
    assert.notEqual(first, "0");
    assert.notEqual(first, second);
  } finally {
    await runtime.close();
  }
});

Deno.test("ExtismRuntime does not count the host's time against a guest's deadline", async () => {
  const runtime = new ExtismRuntime();
  const module = await moduleOf(counting);
  const slow: HostFunction = async () => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return new TextEncoder().encode("{}");
  };
  try {
    await runtime.call(module, none, silent, limits);
    const output = await runtime.call(module, none, slow, { ...limits, deadlineMs: 2_000 });
    assert.equal(new TextDecoder().decode(output), "1");
  } finally {
    await runtime.close();
  }
});

Deno.test("ExtismRuntime does not count the time in which another guest has the thread", async () => {
  const runtime = new ExtismRuntime({ threadsMax: 1 });
  const busy = await moduleOf(`
import { writeOutput } from "../kit/kernel";
import { panic } from "../kit/panic";
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clockTimeGet(clock: i32, precision: i64, at: usize): i32;
function nowNs(): u64 {
  const at = memory.data(8);
  if (clockTimeGet(1, 0, at) != 0) panic("there is no clock");
  return load<u64>(at);
}
export function call(): i32 {
  const end = nowNs() + 2000000000;
  while (nowNs() < end) {}
  return 0;
}`);
  const quick = await moduleOf(counting);
  try {
    const first = runtime.call(busy, none, silent, limits);
    await runtime.call(quick, none, silent, { ...limits, deadlineMs: 1_000 });
    await first;
    await assert.rejects(
      runtime.call(busy, none, silent, { ...limits, deadlineMs: 300 }),
      /PLUGIN_DEADLINE/,
    );
  } finally {
    await runtime.close();
  }
});

Deno.test("ExtismRuntime fails what runs when it is closed, and takes nothing more", async () => {
  const runtime = new ExtismRuntime();
  const module = await moduleOf(counting);
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => asked = resolve);
  const never: HostFunction = () => {
    asked();
    return new Promise(() => {});
  };
  const call = assert.rejects(
    runtime.call(module, none, never, limits),
    /PLUGIN_WORKER/,
  );
  await isAsked;
  await runtime.close();
  await call;
  await assert.rejects(runtime.call(module, none, silent, limits), /PLUGIN_WORKER/);
});
