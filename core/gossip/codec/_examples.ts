/** What the tests of the codec share. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../base/mod.ts";
import { noBytes } from "./bytes.ts";

/** Options of a wire without a label or keys. */
export const plain = { label: noBytes };

/** A key of each length. */
export const keys = [16, 24, 32].map((length) => new Uint8Array(length).fill(length));

export const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

/** Returns the bytes that hexadecimal text stands for; blanks are left out. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

/** Returns the code of the problem that `act` throws. */
export function problemCode(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof ProblemError, `a problem, not ${error}`);
    return error.problem.code;
  }
  return "none";
}
