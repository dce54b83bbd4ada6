import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { Float, type Json } from "../base/mod.ts";
import { parseData } from "./data.ts";
import { type Writable, writeYaml } from "./write.ts";

Deno.test("writeYaml() writes what a person would", () => {
  equal(
    writeYaml({
      format: 1,
      writer: { host: "a", boot: "0b3f" },
      list: ["x", { name: "z", size: 2 }, ["in"], []],
      text: "line one\nline two\n",
      quoted: ["yes", "1.0", "", "a: b", "#x", "-"],
      nothing: null,
      gone: undefined,
    }),
    `format: 1
writer:
  host: a
  boot: 0b3f
list:
  - x
  - name: z
    size: 2
  - - in
  - []
text: |
  line one
  line two
quoted:
  - "yes"
  - "1.0"
  - ""
  - "a: b"
  - "#x"
  - "-"
nothing: null
`,
  );
});

Deno.test("writeYaml() tells floats from integers", () => {
  equal(writeYaml([1n, new Float(1), new Float(Infinity)]), "- 1\n- 1.0\n- .inf\n");
});

Deno.test("writeYaml() then parseData() is the identity", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.stringMatching(/^[-?:,\[\]{}#&*!|>'"%@`\s~<=a0.\n]{0,8}$/),
  ).filter((each) => each.isWellFormed());
  const json = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((each) => !Object.is(each, -0)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ) as fc.Arbitrary<Json>,
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      deepEqual(parseData(writeYaml(value as Writable)), value);
    }),
    { numRuns: 400 },
  );
});
