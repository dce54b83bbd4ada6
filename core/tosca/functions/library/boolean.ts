import { RE2JS } from "re2js";
import { type Datum, DatumList, DatumMap } from "../datum.ts";
import { compare, equal } from "./compare.ts";
import { type BuiltIn, type Kind, Refusal } from "./signature.ts";

/** Boolean and comparison functions (TOSCA 2.0, section 10.2.2). */
export const booleanFunctions: Readonly<Record<string, BuiltIn>> = {
  and: logic(2, Infinity, (all) => all.every(Boolean)),
  or: logic(2, Infinity, (all) => all.some(Boolean)),
  not: logic(1, 1, ([one]) => !one),
  xor: logic(2, 2, ([one, two]) => one !== two),
  equal: test(["any", "any"], ([a, b]) => equal(a, b), true),
  greater_than: order((sign) => sign > 0),
  greater_or_equal: order((sign) => sign >= 0),
  less_than: order((sign) => sign < 0),
  less_or_equal: order((sign) => sign <= 0),
  valid_values: test(
    ["any", "list"],
    ([value, list]) => items(list).some((each) => equal(value, each)),
  ),
  matches: test(
    ["string", "string"],
    ([text, pattern]) =>
      compilePattern(pattern.content as string).matcher(text.content as string).find(),
  ),
  has_suffix: affix(
    (text, part) => text.endsWith(part),
    (list, part) => startsAt(list, part, list.length - part.length),
  ),
  has_prefix: affix((text, part) => text.startsWith(part), (list, part) => startsAt(list, part, 0)),
  contains: affix(
    (text, part) => text.includes(part),
    (list, part) => list.some((_, at) => startsAt(list, part, at)) || part.length === 0,
  ),
  has_entry: test(["collection", "any"], ([all, wanted]) => has(values(all), wanted)),
  has_key: test(["map", "any"], ([map, wanted]) => has(keys(map), wanted)),
  has_all_entries: test(
    ["collection", "list"],
    ([all, wanted]) => items(wanted).every((each) => has(values(all), each)),
  ),
  has_any_entry: test(
    ["collection", "list"],
    ([all, wanted]) => items(wanted).some((each) => has(values(all), each)),
  ),
  has_all_keys: test(
    ["map", "list"],
    ([map, wanted]) => items(wanted).every((each) => has(keys(map), each)),
  ),
  has_any_key: test(
    ["map", "list"],
    ([map, wanted]) => items(wanted).some((each) => has(keys(map), each)),
  ),
};

function logic(min: number, max: number, run: (all: readonly boolean[]) => boolean): BuiltIn {
  return {
    params: ["boolean"],
    min,
    max,
    result: "boolean",
    run: (args) => run(args.map(({ content }) => content as boolean)),
  };
}

function test(
  params: readonly Kind[],
  run: (args: readonly Datum[]) => boolean,
  isUniform = false,
): BuiltIn {
  const { length } = params;
  return { params, min: length, max: length, result: "boolean", isUniform, run };
}

function order(fits: (sign: number) => boolean): BuiltIn {
  return {
    params: ["ordered", "ordered"],
    min: 2,
    max: 2,
    result: "boolean",
    isUniform: true,
    run: ([a, b]) => {
      const sign = compare(a, b);
      return sign !== undefined && fits(sign);
    },
  };
}

function affix(
  ofText: (text: string, part: string) => boolean,
  ofList: (list: readonly Datum[], part: readonly Datum[]) => boolean,
): BuiltIn {
  return test(["text or list", "text or list"], ([whole, part]) => {
    if (typeof whole.content === "string" && typeof part.content === "string") {
      return ofText(whole.content, part.content);
    }
    return ofList(items(whole), items(part));
  }, true);
}

function startsAt(list: readonly Datum[], part: readonly Datum[], at: number): boolean {
  return at >= 0 && at + part.length <= list.length &&
    part.every((each, index) => equal(list[at + index], each));
}

function has(all: readonly Datum[], wanted: Datum): boolean {
  return all.some((each) => equal(each, wanted));
}

function items({ content }: Datum): readonly Datum[] {
  return content instanceof DatumList ? content.items : [];
}

function values({ content }: Datum): readonly Datum[] {
  if (content instanceof DatumMap) return content.entries.map(({ value }) => value);
  return content instanceof DatumList ? content.items : [];
}

function keys({ content }: Datum): readonly Datum[] {
  return content instanceof DatumMap ? content.entries.map(({ key }) => key) : [];
}

const patterns = new Map<string, RE2JS>();

/** Returns a compiled pattern (RE2 syntax: it runs in linear time); refuses one that is malformed. */
export function compilePattern(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known) return known;
  let made: RE2JS;
  try {
    made = RE2JS.compile(pattern);
  } catch (error) {
    throw new Refusal(
      `the regular expression "${pattern}" is malformed: ${(error as Error).message}`,
    );
  }
  if (patterns.size > 2_000) patterns.clear();
  patterns.set(pattern, made);
  return made;
}
