/**
 * The types whose values are strings of a form: timestamp, version, bytes (TOSCA 2.0, section 9.1).
 */

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|([+-])(\d{2}):(\d{2}))$/;

/** RFC 3339's full-date: the midnight in UTC that begins it. */
const fullDate = /^\d{4}-\d{2}-\d{2}$/;

/** Returns an instant as milliseconds and the digits below them; nothing where the text is not RFC 3339. */
export function readTimestamp(text: string): { ms: number; rest: string } | undefined {
  const match = (fullDate.test(text) ? `${text}T00:00:00Z` : text).match(rfc3339);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const [offsetHours, offsetMinutes] = [Number(match[10] ?? 0), Number(match[11] ?? 0)];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const sign = match[9] === "-" ? -1 : 1;
  const offsetMs = sign * (offsetHours * 60 + offsetMinutes) * 60_000;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return { ms: date.getTime() - offsetMs, rest: (match[7] ?? ".0").slice(1).replace(/0+$/, "") };
}

export function compareTimestamps(a: string, b: string): number | undefined {
  const [one, two] = [readTimestamp(a), readTimestamp(b)];
  if (!one || !two) return undefined;
  if (one.ms !== two.ms) return one.ms < two.ms ? -1 : 1;
  return one.rest === two.rest ? 0 : one.rest < two.rest ? -1 : 1;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly qualifier: string | undefined;
  readonly build: bigint;
}

/** Returns a version's parts; nothing where the text is not `major.minor[.fix[.qualifier[-build]]]`. */
export function readVersion(text: string): Version | undefined {
  const match = text.match(/^(\d+)\.(\d+)(?:\.(\d+)(?:\.([A-Za-z0-9_]+)(?:-(\d+))?)?)?$/);
  if (!match) return undefined;
  const [, major, minor, fix, qualifier, build] = match;
  return {
    numbers: [BigInt(major), BigInt(minor), BigInt(fix ?? 0)],
    qualifier,
    build: BigInt(build ?? 0),
  };
}

/** Returns the order of two versions; nothing where their qualifiers differ: they are incomparable. */
export function compareVersions(a: string, b: string): number | undefined {
  const [one, two] = [readVersion(a), readVersion(b)];
  if (!one || !two) return undefined;
  for (const [index, number] of one.numbers.entries()) {
    if (number !== two.numbers[index]) return number < two.numbers[index] ? -1 : 1;
  }
  if (one.qualifier === two.qualifier) {
    return one.build === two.build ? 0 : one.build < two.build ? -1 : 1;
  }
  if (one.qualifier === undefined) return 1;
  return two.qualifier === undefined ? -1 : undefined;
}

/** Returns how many bytes a base64 text holds; nothing where it is not base64. */
export function base64Length(text: string): number | undefined {
  const compact = text.replaceAll(/\s+/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return compact.length / 4 * 3 - (compact.match(/=*$/)?.[0].length ?? 0);
}
