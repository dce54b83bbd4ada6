import assert from "node:assert/strict";
import { parseArguments, type Usage } from "./read_arguments.ts";

const usage = {
  task: "deno task tale",
  about: "Tells tales.",
  options: {
    loud: { about: "tells them loudly" },
    from: { value: "NAME", about: "tells on from there" },
    count: { value: "N", whole: [1, 9], about: "tells so many" },
    pause: { value: "S", whole: [0, Infinity], beside: "count", about: "waits between them" },
    brief: { about: "tells the end alone", notBeside: ["loud"] },
  },
  words: { name: "PART", about: "a part of a name", max: 2 },
  forms: [["--burn", "tells none ever again"]],
} as const satisfies Usage;

Deno.test("parseArguments() gives each option in its type, and words in their order", () => {
  const args = ["b", "--loud", "--from", "x", "--count=3", "--pause", "0", "--", "--a"];
  assert.deepEqual(parseArguments(usage, args), {
    values: { loud: true, from: "x", count: 3, pause: 0, brief: false },
    words: ["b", "--a"],
  });
  assert.deepEqual(parseArguments(usage, []), {
    values: { loud: false, from: undefined, count: undefined, pause: undefined, brief: false },
    words: [],
  });
});

Deno.test("parseArguments() says in one line what is wrong", () => {
  const cases: readonly (readonly [args: string[], why: string])[] = [
    [["--lout"], 'there is no option "--lout" (did you mean "--loud"?)'],
    [["--toString"], 'there is no option "--toString"'],
    [["-x"], 'there is no option "-x"'],
    [["--burn"], 'there is no option "--burn"'],
    [["--loud=very"], 'option "--loud" takes no value'],
    [["--from"], 'option "--from" wants NAME'],
    [["--from="], 'option "--from" wants NAME'],
    [["--count", "x"], 'option "--count" wants a whole number from 1 to 9, not "x"'],
    [["--count", "10"], 'option "--count" wants a whole number from 1 to 9, not "10"'],
    [["--count", "--loud"], 'option "--count" wants a whole number from 1 to 9, not "--loud"'],
    [
      ["--count", "1", "--pause=-1"],
      'option "--pause" wants a whole number of at least 0, not "-1"',
    ],
    [["--pause", "1"], 'option "--pause" goes with "--count" only'],
    [["--brief", "--loud"], 'option "--brief" does not go with "--loud"'],
    [["a", "b", "c"], 'it does not know what "c" is for'],
  ];
  for (const [args, wrong] of cases) assert.deepEqual(parseArguments(usage, args), { wrong });
  const none = { task: "deno task none", about: "Takes nothing." };
  assert.deepEqual(parseArguments(none, ["a"]), { wrong: 'it does not know what "a" is for' });
});

Deno.test("parseArguments() helps whatever else is asked for, but not beyond --", () => {
  const help = [
    "Usage: deno task tale [--loud] [--from NAME] [--count N] [--pause S] [--brief] [PART…]",
    "",
    "Tells tales.",
    "",
    "  --loud       tells them loudly",
    "  --from NAME  tells on from there",
    "  --count N    tells so many",
    "  --pause S    waits between them",
    "  --brief      tells the end alone",
    "  PART         a part of a name",
    "  --help       prints this",
    "",
    "Or:",
    "  deno task tale --burn  tells none ever again",
  ].join("\n");
  assert.deepEqual(parseArguments(usage, ["--help"]), { help });
  assert.deepEqual(parseArguments(usage, ["a", "--wrong", "-h"]), { help });
  assert.deepEqual(parseArguments(usage, ["--", "--help"]), {
    values: { loud: false, from: undefined, count: undefined, pause: undefined, brief: false },
    words: ["--help"],
  });
});
