import assert from "node:assert/strict";
import fc from "fast-check";
import { ShapeError } from "./_shape.ts";
import { hostFunctionNames } from "./host_functions.ts";
import { readHostCall } from "./read_host_call.ts";
import { readManifest } from "./read_manifest.ts";
import { readResponse } from "./read_response.ts";

/** Values that are nearly of the right form: known keys, with anything under them. */
const keys = [
  ...["items", "id", "phase", "claims", "want", "key", "range", "command", "argv", "again"],
  ...["afterMs", "step", "path", "mode", "text", "artifact", "owns", "request", "verb", "env"],
];
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, 0, 1.5, "", "web-0", "0644", "ready", "\0"),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie("any"), { maxKeys: 5 }),
  ),
})).any;

function check(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert(error instanceof ShapeError, `${error}`);
  }
}

Deno.test("readers of messages take or refuse any value, and never stumble", () => {
  fc.assert(fc.property(value, (each) => {
    check(() => readResponse(each, "observe", ["web-0"]));
    for (const name of hostFunctionNames) check(() => readHostCall(name, each));
    readManifest(each, "plugin.yaml");
  }));
});

Deno.test("readResponse() gives back what is of the right form", () => {
  const response = {
    items: [{
      id: "web-0",
      phase: "starting",
      why: "It warms up",
      attributes: { pid: 1 },
      owned: ["unit:web.service"],
      claims: [{ name: "port", kind: "tcp", want: { range: [1, 2] } }],
      needsCommands: ["python3"],
      command: { argv: ["sh"], env: { A: "b" }, cwd: "/" },
      again: { afterMs: 100 },
      data: { steps: [] },
    }],
  };
  assert.deepEqual(readResponse(response, "reconcile", ["web-0"]), response);
});
