import { deepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { readQuickly } from "./quick.ts";
import { readWithLibrary } from "./read.ts";
import { SourceText } from "./source_text.ts";
import type { YamlNode } from "./tree.ts";

/** Returns a tree as data with the place of every node's beginning. */
function dump(node: YamlNode): unknown {
  if (node.kind === "scalar") return [node.value === null ? "null" : node.start, node.value];
  if (node.kind === "list") return { at: node.start, items: node.items.map(dump) };
  return {
    at: node.start,
    entries: node.entries.map(({ key, value }) => [dump(key), dump(value)]),
  };
}

/** Whether the quick reader takes a text; where it does, its answer must be the library's. */
function agrees(text: string): boolean {
  const quick = readQuickly(new SourceText("t.yaml", text));
  if (!quick) return false;
  const { value, problems } = readWithLibrary(new SourceText("t.yaml", text));
  deepEqual(
    problems,
    [],
    `the quick reader took what the library refuses: ${JSON.stringify(text)}`,
  );
  deepEqual(dump(quick), dump(value!), JSON.stringify(text));
  return true;
}

const usual = [
  "a: 1\nb:\n  c: [ x, 'it''s', \"q\\n\", { d: e } ]\n  # comment\n  f: # other\n  - g\n  - h: 1\n    i: 2\n  -\n  - - j\n",
  "a: >-\n  one\n  two\n\n  three\nb: |\n  x\n   y\n\nc: ~\n",
  "$f: { $g: [ $h, 1.0 ] }\n\"quoted key\": 'v' # end\nk:\n- a\n- b\n",
  "a:\n  b: {\n    c: d,\n    e: [\n      f\n    ]\n  }\nr: [ host: x, y: { z: 1 } ]\n",
  "- a: b\n  c: d\n- e\n",
  "url: http://x.y:80/z#q\ntime: 12:30\n- : 1\n",
];

Deno.test("readQuickly() gives the library's tree for what is usual", () => {
  for (const text of usual.slice(0, 5)) ok(agrees(text), text);
});

Deno.test("readQuickly() leaves what is unusual to the library", () => {
  for (
    const text of [
      "a: &x 1\n",
      "a: *x\n",
      "a: !!str 1\n",
      "? a\n: b\n",
      "a: b\n  c\n",
      "a: 1\na: 2\n",
      "a: [ 1\n",
      "{ a: b }: c\n",
      "a: |+\n  x\n\n",
      "x: { <<: y }\n",
      "a:\tb\n",
      "",
    ]
  ) {
    ok(!agrees(text), text);
  }
});

Deno.test("readQuickly() agrees with the library wherever it answers", () => {
  const pieces = fc.constantFrom(
    ..."a b c: d:1 - [ ] { } , : # ' \" | > |- >- \n \n\n \\n $f $ ~ 1 1.5 true null ? & * ! % @ ` << ---"
      .split(" "),
    "\n  ",
    "\n    ",
    " ",
    "  ",
    ": ",
    "- ",
    " #x",
    "\n- ",
    "a: ",
    "\n  b: ",
    "\n",
    "''",
    "[ a, b ]",
    "{ a: 1 }",
  );
  const made = fc.array(pieces, { maxLength: 14 }).map((each) => each.join(""));
  const changed = fc.tuple(fc.constantFrom(...usual), fc.nat(400), fc.nat(6), pieces).map((
    [text, at, cut, piece],
  ) => text.slice(0, at % text.length) + piece + text.slice(at % text.length + cut));
  fc.assert(
    fc.property(fc.oneof(made, changed), (text) => {
      agrees(text);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("readQuickly() leaves merge keys to the library, also in a list of one-key maps", () => {
  for (const text of ["a: [ <<: { b: c } ]\n", "a: { <<: { b: c } }\n"]) {
    ok(!agrees(text), text);
  }
});
