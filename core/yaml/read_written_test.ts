import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../base/mod.ts";
import { toJson } from "./data.ts";
import { parseYaml } from "./read.ts";
import { readWritten } from "./read_written.ts";
import { writeYaml } from "./write.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.stringMatching(/^[-?:,\[\]{}#&*!|>'"%@`\s~<=a0.\n]{0,8}$/),
  fc.constantFrom(
    "null",
    "true",
    "no",
    "1",
    "0x1f",
    "1e3",
    ".inf",
    "a: b",
    "- a",
    "a\nb\n\n",
    "x\n y",
  ),
).filter((each) => each.isWellFormed());

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true }).filter((each) => !Object.is(each, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** What the reader of all of YAML makes of a text; nothing where it finds a problem. */
function readSlowly(written: string): { value: Json } | undefined {
  const { value, problems } = parseYaml(written, "x.yaml");
  if (problems.length > 0) return undefined;
  try {
    return { value: value === undefined ? null : toJson(value) };
  } catch {
    return undefined;
  }
}

Deno.test("readWritten() reads what writeYaml() wrote", () => {
  fc.assert(
    fc.property(json, (value) => {
      const found = readWritten(writeYaml(value));
      if (found) deepEqual(found.value, value);
      else equal(JSON.stringify(value).includes("__proto__"), true, writeYaml(value));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("readWritten() reads no text in another way than the reader of all of YAML", () => {
  const piece = fc.constantFrom(
    ...[
      "a",
      "b:",
      ": ",
      "- ",
      "-",
      "\n",
      "\n  ",
      "\n    ",
      "  ",
      " ",
      '"',
      "'",
      "|",
      "|-",
      "|+",
      ">",
    ],
    ...[
      "#",
      " #",
      "{}",
      "[]",
      "[",
      "]",
      "{",
      "1",
      "0",
      ".",
      "null",
      "~",
      "true",
      "&x",
      "*x",
      "!t",
      "?",
      "---",
      "\t",
    ],
  );
  const mutated = fc.tuple(json, fc.nat(), fc.nat(5), fc.array(piece, { maxLength: 3 }))
    .map(([value, at, cut, pieces]) => {
      const written = writeYaml(value);
      const start = at % (written.length + 1);
      return written.slice(0, start) + pieces.join("") + written.slice(start + cut);
    });
  const made = fc.array(piece, { maxLength: 14 }).map((pieces) => `${pieces.join("")}\n`);
  fc.assert(
    fc.property(fc.oneof(mutated, made), (each) => {
      const found = readWritten(each);
      if (found) deepEqual(found, readSlowly(each));
    }),
    { numRuns: 4_000 },
  );
});

Deno.test("readWritten() leaves what a person may write and we do not", () => {
  const others = [
    "",
    "a: 1",
    "a:\n",
    "a: &x 1\n",
    "a: [1, 2]\n",
    "# note\na: 1\n",
    "a:   1\n",
    "a: 'x'\n",
    "a: >\n  x\n",
    "a: 1\na: 2\n",
    "a: b\n  c\n",
    "--- \na: 1\n",
  ];
  for (const each of others) equal(readWritten(each), undefined, JSON.stringify(each));
});
