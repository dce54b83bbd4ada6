import { type ScalarValue, stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import type { Report } from "../report.ts";

/** A value as it was written: with function calls told from data (TOSCA 2.0, section 10.1). */
export type Expression = Literal | ListExpression | MapExpression | CallExpression;

export interface Literal {
  readonly kind: "literal";
  readonly value: ScalarValue;
  readonly at: YamlNode;
}

export interface ListExpression {
  readonly kind: "list";
  readonly items: readonly Expression[];
  readonly at: YamlNode;
  /** Whether no call is inside. */
  readonly isConstant: boolean;
}

export interface MapExpression {
  readonly kind: "map";
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
  readonly at: YamlNode;
  readonly isConstant: boolean;
}

export interface CallExpression {
  readonly kind: "call";
  /** Without `$`, with the namespace where there is one. */
  readonly name: string;
  /** The arguments; a call without a list has the one value as its argument, or none. */
  readonly args: readonly Expression[];
  /** Whether the arguments were written as a list. */
  readonly hasList: boolean;
  readonly at: YamlNode;
  /** What cannot be done where its path is wrong, if it was not written as a call: "Cannot map output …". */
  readonly purpose?: string;
}

const parsed = new WeakMap<YamlNode, Expression | null>();

/** Returns a value with its calls recognised, or nothing where one is malformed, which is reported once. */
export function parseExpression(node: YamlNode, report: Report): Expression | undefined {
  const known = parsed.get(node);
  if (known) return known;
  const made = parse(node, report);
  parsed.set(node, made ?? null);
  return made;
}

/** Whether a value holds no call. */
export function isConstant(expression: Expression): boolean {
  return expression.kind === "literal" || expression.kind !== "call" && expression.isConstant;
}

/** Whether some call inside of an expression, or the expression itself, is one that is looked for. */
export function holdsCall(
  expression: Expression,
  isWanted: (call: CallExpression) => boolean,
): boolean {
  switch (expression.kind) {
    case "literal":
      return false;
    case "list":
      return !expression.isConstant && expression.items.some((each) => holdsCall(each, isWanted));
    case "map":
      return !expression.isConstant &&
        expression.entries.some(({ value }) => holdsCall(value, isWanted));
    case "call":
      return isWanted(expression) || expression.args.some((each) => holdsCall(each, isWanted));
  }
}

function parse(node: YamlNode, report: Report): Expression | undefined {
  if (node.kind === "scalar") return parseScalar(node);
  if (node.kind === "list") {
    const items = node.items.map((each) => parse(each, report));
    if (items.includes(undefined)) return undefined;
    return {
      kind: "list",
      items: items as Expression[],
      at: node,
      isConstant: (items as Expression[]).every(isConstant),
    };
  }
  const call = node.entries.find(({ key }) => isCallText(stringOf(key)));
  if (call) {
    if (node.entries.length === 1) return parseCall(node, call.key, call.value, report);
    report.error("TOSCA_CALL_MALFORMED", call.key, {
      what: `Cannot tell whether "${stringOf(call.key)}" is a function call`,
      why: "A key that begins with $ is a call, and a call is the only key of its map",
      fix: `Remove the other keys, or write "$${stringOf(call.key)}" for a key that begins with $`,
    });
    return undefined;
  }
  return parseMap(node, report);
}

function parseMap(node: YamlNode & { kind: "map" }, report: Report): Expression | undefined {
  const entries: { key: Expression; value: Expression }[] = [];
  for (const each of node.entries) {
    const key = parse(each.key, report);
    const value = parse(each.value, report);
    if (!key || !value) return undefined;
    entries.push({ key, value });
  }
  const constant = entries.every(({ key, value }) => isConstant(key) && isConstant(value));
  return { kind: "map", entries, at: node, isConstant: constant };
}

function parseScalar(node: YamlScalar): Expression {
  const { value } = node;
  if (typeof value !== "string" || value.charCodeAt(0) !== 0x24) {
    return { kind: "literal", value, at: node };
  }
  if (value.charCodeAt(1) === 0x24) return { kind: "literal", value: value.slice(1), at: node };
  if (value.length === 1) return { kind: "literal", value, at: node };
  return { kind: "call", name: callName(value), args: [], hasList: true, at: node };
}

function parseCall(
  at: YamlNode,
  key: YamlNode,
  value: YamlNode,
  report: Report,
): Expression | undefined {
  const name = callName(stringOf(key)!);
  if (value.kind === "list") {
    const args = value.items.map((each) => parse(each, report));
    if (args.includes(undefined)) return undefined;
    return { kind: "call", name, args: args as Expression[], hasList: true, at };
  }
  if (value instanceof YamlScalar && value.value === null) {
    return { kind: "call", name, args: [], hasList: false, at };
  }
  const arg = parse(value, report);
  return arg && { kind: "call", name, args: [arg], hasList: false, at };
}

function isCallText(text: string | undefined): boolean {
  return text !== undefined && text.length > 1 && text.charCodeAt(0) === 0x24 &&
    text.charCodeAt(1) !== 0x24;
}

/** Returns a call's name: what stands after a second `$` only tells keys of one map apart. */
function callName(text: string): string {
  const second = text.indexOf("$", 1);
  return second < 0 ? text.slice(1) : text.slice(1, second);
}
