import { equal } from "node:assert/strict";
import { validate } from "../compile/run.ts";
import { memoryFiles } from "./source_files.ts";
import { UnitCache } from "./unit_cache.ts";

const head = "tosca_definitions_version: tosca_2_0\n";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A line of files, each of which imports the next. */
function chainOf(length: number): Map<string, string> {
  return new Map(Array.from({ length }, (_, at) => [
    `f${at}.yaml`,
    `${head}imports: [ ${
      at + 1 < length ? `f${at + 1}.yaml` : ""
    } ]\ndata_types: { T${at}: { derived_from: ${at + 1 < length ? `T${at + 1}` : "string"} } }\n`,
  ]));
}

Deno.test("read() gives the same file for the same bytes, wherever they lie, and another for others", () => {
  const cache = new UnitCache();
  const first = cache.read("a.yaml", bytes(head));
  const shifted = bytes(` ${head}`).subarray(1);
  equal(cache.read("a.yaml", shifted), first);
  equal(cache.read("a.yaml", bytes(`${head}profile: p\n`)) === first, false);
  equal(cache.read("a.yaml", bytes(head)) === first, false);
});

Deno.test("read() does not see what becomes of the bytes later", () => {
  const cache = new UnitCache();
  const text = bytes(head);
  const first = cache.read("a.yaml", text);
  text.fill(0x20);
  equal(cache.read("a.yaml", bytes(head)), first);
});

Deno.test("read() lets go of what was used longest ago, beyond a number of files or of bytes", () => {
  const few = new UnitCache({ filesMax: 2 });
  const first = few.read("a.yaml", bytes(head));
  few.read("b.yaml", bytes(head));
  few.read("a.yaml", bytes(head));
  few.read("c.yaml", bytes(head));
  equal(few.size, 2);
  equal(few.read("a.yaml", bytes(head)), first);
  const small = new UnitCache({ bytesMax: 100 });
  for (let at = 0; at < 50; at++) small.read(`${at}.yaml`, bytes(head));
  equal(small.size, 2);
});

Deno.test("keep() makes types again for the file that changed and for those that import it", async () => {
  const cache = new UnitCache();
  const files = chainOf(5);
  const run = () => validate({ files: memoryFiles(files), entry: "f0.yaml", profiles: [], cache });
  const groups = () => [0, 1, 2, 3, 4].map((at) => cache.groupOf(`f${at}.yaml`));
  await run();
  const before = groups();
  files.set("f2.yaml", `${files.get("f2.yaml")}# changed\n`);
  await run();
  const kept = groups().map((each, at) => each === before[at]);
  equal(kept.join(), "false,false,false,true,true");
  equal(groups().every((each) => each !== undefined), true);
});

Deno.test("keep() holds nothing that imports a file which is not kept", async () => {
  const cache = new UnitCache({ filesMax: 3 });
  const files = memoryFiles(chainOf(6));
  const { problems } = await validate({ files, entry: "f0.yaml", profiles: [], cache });
  equal(problems.length, 0);
  equal(cache.size, 3);
  equal(cache.groupOf("f5.yaml") !== undefined, true);
  cache.read("f5.yaml", bytes(head));
  equal(
    cache.groupOf("f3.yaml") ?? cache.groupOf("f4.yaml") ?? cache.groupOf("f5.yaml"),
    undefined,
  );
});

Deno.test("validate() takes a chain of hundreds of imports and a circle of them", async () => {
  const chain = chainOf(400);
  const run = () => validate({ files: memoryFiles(chain), entry: "f0.yaml", profiles: [] });
  equal((await run()).problems.length, 0);
  chain.set("f399.yaml", chain.get("f399.yaml")!.replace("[  ]", "[ f0.yaml ]"));
  equal((await run()).problems.length, 0);
});
