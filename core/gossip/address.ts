import { fail } from "../base/mod.ts";
import { noBytes, sameBytes } from "./codec/mod.ts";
import type { Endpoint } from "../ports/mod.ts";

/**
 * A member's address as it is gossiped: 4 or 16 bytes, and a port. The two forms of one IPv4 address are different
 * addresses to the protocol, so bytes are passed on as they came and turned to text only to dial.
 */
export interface MemberAddress {
  readonly bytes: Uint8Array;
  readonly port: number;
}

/** Whether two addresses are the same to the protocol. */
export function sameAddress(one: MemberAddress, other: MemberAddress): boolean {
  return one.port === other.port && sameBytes(one.bytes, other.bytes);
}

/** Returns where to dial an address; an IPv4 address in its 16-byte form is dialled as IPv4. */
export function endpointOf({ bytes, port }: MemberAddress): Endpoint {
  if (bytes.length === 4) return { host: bytes.join("."), port };
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 &&
    bytes[11] === 255;
  if (isMapped) return { host: bytes.subarray(12).join("."), port };
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] << 8) | bytes[i + 1]).toString(16));
  return { host: shortenZeros(groups), port };
}

/** Replaces the longest run of zero groups by `::` (RFC 5952). */
function shortenZeros(groups: readonly string[]): string {
  let [start, length] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === "0") end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** Returns the address of an endpoint whose host is an IP address; throws where it is a name. */
export function addressOf({ host, port }: Endpoint): MemberAddress {
  const bytes = parseIp(host);
  if (bytes.length > 0) return { bytes, port };
  fail("GOSSIP_SETTING_INVALID", {
    what: `Cannot use "${host}" as a gossip address`,
    why: "It is no IP address",
    fix: "Give an IPv4 or IPv6 address; names are resolved before they come here",
  });
}

/** Returns 4 or 16 bytes; none where the text is no IP address. A zone (`%eth0`) is left out. */
export function parseIp(text: string): Uint8Array {
  const [plain] = text.split("%");
  if (!plain.includes(":")) return parseIpv4(plain);
  const halves = plain.split("::");
  if (halves.length > 2) return noBytes;
  const [head, tail] = halves.map((half) => parseGroups(half));
  if (!head || (halves.length === 2 && !tail)) return noBytes;
  const rest = tail ?? [];
  const missing = 16 - head.length - rest.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return noBytes;
  return Uint8Array.from([...head, ...new Array(missing).fill(0), ...rest]);
}

function parseIpv4(text: string): Uint8Array {
  const parts = text.split(".");
  const isValid = parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isValid ? Uint8Array.from(parts, Number) : noBytes;
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    if (group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (ipv4.length === 0) return undefined;
      bytes.push(...ipv4);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes.length <= 16 ? bytes : undefined;
}
