import { type Content, type Datum, DatumList, DatumMap } from "../datum.ts";
import { base64Length } from "../text_types.ts";
import { equal } from "./compare.ts";
import { type BuiltIn, Refusal } from "./signature.ts";

/** String, collection and set functions (TOSCA 2.0, sections 10.2.3 to 10.2.5). */
export const collectionFunctions: Readonly<Record<string, BuiltIn>> = {
  length: {
    params: ["sized"],
    min: 1,
    max: 1,
    result: "integer",
    run: ([one]) => BigInt(lengthOf(one)),
  },
  concat: {
    params: ["text or list"],
    min: 1,
    max: Infinity,
    result: "first",
    isUniform: true,
    run: (args) => {
      if (args.every(({ content }) => typeof content === "string")) {
        return args.map(({ content }) => content).join("");
      }
      if (args.every(({ content }) => content instanceof DatumList)) {
        return new DatumList(args.flatMap(items));
      }
      throw new Refusal("its arguments are neither all strings nor all lists");
    },
  },
  join: {
    params: ["list", "string"],
    min: 1,
    max: 2,
    result: "string",
    run: ([list, delimiter]) =>
      items(list).map(({ content }) => {
        if (typeof content === "string") return content;
        throw new Refusal("the list holds something that is not a string");
      }).join(delimiter ? delimiter.content as string : ""),
  },
  token: {
    params: ["string", "string", "integer"],
    min: 3,
    max: 3,
    result: "string",
    run: ([text, separators, index]) => {
      const parts = split(text.content as string, separators.content as string);
      const part = parts[Number(index.content as bigint)];
      if (part === undefined) {
        throw new Refusal(`there are ${parts.length} tokens, none with the index ${index.content}`);
      }
      return part;
    },
  },
  union: {
    params: ["list"],
    min: 1,
    max: Infinity,
    result: "first",
    isUniform: true,
    run: (lists) => distinct(lists.flatMap(items)),
  },
  intersection: {
    params: ["list"],
    min: 1,
    max: Infinity,
    result: "first",
    isUniform: true,
    run: ([first, ...others]) =>
      distinct(
        items(first).filter((each) =>
          others.every((list) => items(list).some((other) => equal(each, other)))
        ),
      ),
  },
};

function lengthOf({ content, schema }: Datum): number {
  if (content instanceof DatumList) return content.items.length;
  if (content instanceof DatumMap) return content.entries.length;
  const text = content as string;
  if (schema?.type.base === "bytes") return base64Length(text) ?? 0;
  return [...text].length;
}

function split(text: string, separators: string): string[] {
  const marks = new Set(separators);
  const parts = [""];
  for (const each of text) {
    if (marks.has(each)) parts.push("");
    else parts[parts.length - 1] += each;
  }
  return parts;
}

function distinct(all: readonly Datum[]): Content {
  const kept: Datum[] = [];
  const seen = new Set<unknown>();
  for (const each of all) {
    const { content } = each;
    const isPlain = typeof content !== "object" || content === null;
    if (isPlain ? seen.has(content) : kept.some((other) => equal(each, other))) continue;
    if (isPlain) seen.add(content);
    kept.push(each);
  }
  return new DatumList(kept);
}

function items({ content }: Datum): readonly Datum[] {
  return content instanceof DatumList ? content.items : [];
}
