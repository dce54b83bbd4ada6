import { Float } from "../base/mod.ts";
import type { ScalarValue } from "./tree.ts";

/**
 * Returns what a plain (unquoted) scalar means in YAML's core schema (YAML 1.2.2, section 10.3).
 *
 * TOSCA narrows the schema: `true` and `false` in lower case are the only booleans (TOSCA 2.0, section 9.1.1.4).
 */
export function readPlain(text: string): ScalarValue {
  if (text.length === 0) return null;
  switch (text.charCodeAt(0)) {
    case 0x7e: // ~
      return text.length === 1 ? null : text;
    case 0x6e: // n
    case 0x4e: // N
      return text === "null" || text === "Null" || text === "NULL" ? null : text;
    case 0x74: // t
      return text === "true" ? true : text;
    case 0x66: // f
      return text === "false" ? false : text;
  }
  return looksNumeric(text) ? readNumber(text) ?? text : text;
}

/** Returns the number that a text writes, or nothing: decimal, `0o`, `0x`, floats, `.inf`, `.nan`. */
export function readNumber(text: string): bigint | Float | undefined {
  if (/^[-+]?[0-9]+$/.test(text)) return readDecimal(text);
  if (/^0o[0-7]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return BigInt(text);
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)) {
    return new Float(Number(text));
  }
  if (/^[-+]?(\.inf|\.Inf|\.INF)$/.test(text)) {
    return new Float(text.startsWith("-") ? -Infinity : Infinity);
  }
  return /^(\.nan|\.NaN|\.NAN)$/.test(text) ? new Float(NaN) : undefined;
}

/** Integers of many digits are turned to floats' infinities by nobody: past this length the text stays a string. */
const digitsMax = 400;

function readDecimal(text: string): bigint | undefined {
  if (text.length > digitsMax) return undefined;
  return BigInt(text.startsWith("+") ? text.slice(1) : text);
}

function looksNumeric(text: string): boolean {
  const code = text.charCodeAt(0);
  return (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2b || code === 0x2e;
}
