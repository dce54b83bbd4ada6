import { stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import { expected, type Reader } from "./grammar.ts";

/** A string with the node that wrote it. */
export interface Text {
  readonly value: string;
  readonly node: YamlNode;
}

/** A boolean with the node that wrote it. */
export interface Flag {
  readonly value: boolean;
  readonly node: YamlNode;
}

/** Reads a string. */
export const text: Reader<Text> = (node, report, label) => {
  const value = stringOf(node);
  if (value === undefined) return void expected("a string", node, report, label);
  return { value, node };
};

/** Reads the name of something: a string that is not empty. */
export const nameText: Reader<Text> = (node, report, label) => {
  const value = stringOf(node);
  if (value === undefined || value === "") {
    return void expected("a name", node, report, label);
  }
  return { value, node };
};

/** Reads `true` or `false`. */
export const flag: Reader<Flag> = (node, report, label) => {
  if (node instanceof YamlScalar && typeof node.value === "boolean") {
    return { value: node.value, node };
  }
  return void expected("true or false", node, report, label);
};

/** Reads anything: a value that may hold function calls, looked at later. */
export const anyValue: Reader<YamlNode> = (node) => node;

/** Reads a map of anything, such as `metadata`. */
export const anyMap: Reader<YamlNode> = (node, report, label) => {
  if (node.kind !== "map") return void expected("a map", node, report, label);
  return node;
};
