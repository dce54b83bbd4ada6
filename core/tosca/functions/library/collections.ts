import { type Content, type Datum, DatumList, DatumMap } from "../datum.ts";
import { baseOf } from "../align.ts";
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
        return boundedText(args.map(({ content }) => content as string).join(""));
      }
      if (args.every(({ content }) => content instanceof DatumList)) {
        return new DatumList(entriesOf(args));
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
      }).reduce(
        (joined, each, index) =>
          boundedText(joined + (index > 0 && delimiter ? delimiter.content as string : "") + each),
        "",
      ),
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
    run: (lists) => distinct(entriesOf(lists)),
  },
  intersection: {
    params: ["list"],
    min: 1,
    max: Infinity,
    result: "first",
    isUniform: true,
    run: (lists) => {
      entriesOf(lists);
      const [first, ...others] = lists;
      return distinct(
        items(first).filter((each) =>
          others.every((list) => items(list).some((other) => equal(each, other)))
        ),
      );
    },
  },
};

/** What values that are made of each other may grow to: a few doublings more would fill any memory. */
const textLengthMax = 4 * 1024 * 1024;
const entriesMax = 1_000_000;

function boundedText(text: string): string {
  if (text.length <= textLengthMax) return text;
  throw new Refusal(`the result is longer than ${textLengthMax} characters`);
}

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

/** Returns the entries of lists, which must be of one type. What is written as a string may be of several. */
function entriesOf(lists: readonly Datum[]): readonly Datum[] {
  const count = lists.reduce((sum, each) => sum + items(each).length, 0);
  if (count > entriesMax) throw new Refusal(`the result has more than ${entriesMax} entries`);
  const entries = lists.flatMap(items);
  const bases = new Set(entries.map(baseOf).filter((each) => each !== undefined));
  const written = ["string", "scalar", "version", "timestamp", "bytes"];
  const kinds = new Set(
    [...bases].map((each) => written.includes(each) ? "string" : each === "complex" ? "map" : each),
  );
  if (kinds.has("float")) kinds.delete("integer");
  if (kinds.size <= 1) return entries;
  throw new Refusal(`the lists hold entries of different types: ${[...bases].join(", ")}`);
}

function items({ content }: Datum): readonly Datum[] {
  return content instanceof DatumList ? content.items : [];
}
