import { deepEqual, equal } from "node:assert/strict";
import { Float } from "../base/mod.ts";
import { parseData } from "./data.ts";
import { parseYaml } from "./read.ts";
import { positionOf, type YamlMap, type YamlNode, type YamlScalar } from "./tree.ts";

function scalar(text: string): unknown {
  const { value, problems } = parseYaml(text, "t.yaml");
  deepEqual(problems, []);
  return (value as YamlScalar).value;
}

function codes(text: string): string[] {
  return parseYaml(text, "t.yaml").problems.map((each) =>
    `${each.code}@${each.where?.position?.line}:${each.where?.position?.column}`
  );
}

Deno.test("parseYaml() reads numbers of the core schema exactly", () => {
  equal(scalar("9223372036854775807"), 9223372036854775807n);
  equal(scalar("0x1F"), 31n);
  equal(scalar("0o17"), 15n);
  deepEqual(scalar("1.0"), new Float(1));
  deepEqual(scalar("1.10"), new Float(1.1));
  deepEqual(scalar("-.inf"), new Float(-Infinity));
  equal(scalar("1_000"), "1_000");
});

Deno.test("parseYaml() takes only lower-case booleans and leaves timestamps strings", () => {
  equal(scalar("true"), true);
  equal(scalar("True"), "True");
  equal(scalar("yes"), "yes");
  equal(scalar("2001-12-14"), "2001-12-14");
  equal(scalar("~"), null);
});

Deno.test("parseYaml() gives every value its place", () => {
  const { value } = parseYaml("a:\n  - one\n  - {b: two}\n", "t.yaml");
  const list = (value as YamlMap).get("a") as { items: YamlNode[] } & YamlNode;
  deepEqual(positionOf(list.items[0]), {
    file: "t.yaml",
    line: 2,
    column: 5,
    endLine: 2,
    endColumn: 8,
  });
  const inner = (list.items[1] as YamlMap).get("b")!;
  equal(positionOf(inner).column, 9);
});

Deno.test("parseYaml() names both places of a key that stands twice, and goes on", () => {
  deepEqual(codes("a: 1\nb: 2\na: 3\nb: 4\n"), [
    "YAML_DUPLICATE_KEY@3:1",
    "YAML_DUPLICATE_KEY@4:1",
  ]);
});

Deno.test("parseYaml() resolves aliases to the anchored value and remembers the alias", () => {
  const { value } = parseYaml("a: &x {n: 1}\nb: *x\n", "t.yaml");
  const b = (value as YamlMap).get("b")!;
  equal(positionOf(b).line, 1);
  equal(b.alias?.name, "x");
});

Deno.test("parseYaml() merges maps with the map's own keys first", () => {
  deepEqual(parseData("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [{a: 5}, *x]}\n"), {
    x: { a: 1, b: 2 },
    y: { b: 3, a: 1 },
    z: { a: 5, b: 2 },
  });
});

Deno.test("parseYaml() reports an alias without anchor, a foreign tag, a bad merge", () => {
  deepEqual(codes("a: *nothing\n"), ["YAML_ALIAS@1:4"]);
  deepEqual(codes("a: &a [*a]\n"), ["YAML_ALIAS@1:8"]);
  deepEqual(codes("a: !!binary aGk=\n"), ["YAML_TAG@1:13"]);
  deepEqual(codes("a: !mine {}\n"), ["YAML_TAG@1:10"]);
  deepEqual(codes("a: {<<: 3}\n"), ["YAML_MERGE@1:9"]);
});

Deno.test("parseYaml() reports one mistake of syntax once", () => {
  equal(codes("a: [1, 2\nb: 3\nc: ]\n").length, 1);
  equal(codes("a: 1\n---\nb: 2\n").length, 1);
});

Deno.test("parseYaml() refuses alias bombs and deep nesting in bounded time", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++) {
    bomb.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(", ")}]`);
  }
  deepEqual(codes(bomb.join("\n")), ["YAML_LIMIT@1:1"]);
  deepEqual(codes("[".repeat(20_000) + "]".repeat(20_000)), ["YAML_LIMIT@1:1"]);
});

Deno.test("parseData() gives plain values and keeps awkward keys", () => {
  deepEqual(parseData("a: 1\nb: 1.5\n'__proto__': x\n3: y\n"), {
    a: 1,
    b: 1.5,
    3: "y",
    ["__proto__"]: "x",
  });
  equal(parseData(""), null);
});

Deno.test("parseYaml() takes quoted scalars that go on at the left margin", () => {
  deepEqual(parseData('a:\n  b: "one\ntwo"\nc: 1\n'), { a: { b: "one two" }, c: 1 });
  equal(codes('a: "one\nb: 2\n').length, 1);
});

Deno.test("parseYaml() takes keys that are lists one below the other", () => {
  for (
    const text of [
      "[ a, b ]: 1\n[ a, c ]: 2\n[ a, d ]: 3\n",
      "m:\n  p: q\n  # one\n  [ a, b ]: 1\n\n  [ a, c ]: 2 # two\n  { d: e }: 3\n  r: s\n",
      "l:\n  - [ a, b ]: 1\n    [ c, d ]: &x 2\n    [ e, f ]:\n      [ g, h ]: *x\n      [ i, j ]: 4\n",
    ]
  ) {
    deepEqual(codes(text), [], text);
  }
  const { value } = parseYaml("m:\n  [ a ]: 1\n  [ b ]: 2\n", "a.yaml");
  const { entries } = (value as YamlMap).get("m") as YamlMap;
  deepEqual(entries.map(({ key }) => positionOf(key).line), [2, 3]);
  deepEqual(codes("m:\n  [ a ]: 1\n  [ b ]: 2\n  [ c: 3\nd: 4\n").length, 1);
});
