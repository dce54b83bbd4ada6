/**
 * msgpack as memberlist writes it: the old family, in which strings and byte strings are both "raw". Reading takes the
 * newer family (str8, bin) too, as real nodes do.
 */
import { bounds } from "./bounds.ts";
import { noBytes, sameBytes } from "./bytes.ts";
import { checkBound, malformed } from "./malformed.ts";
import type { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true });

/** How a field is written. Signed and unsigned differ above 127: Go's `int` and `uint32` are packed differently. */
export type FieldKind = "unsigned" | "signed" | "boolean" | "text" | "bytes";

/** One field of a record: its name on the wire, its name in our value, its kind. */
export interface Field {
  readonly wire: string;
  readonly key: string;
  readonly kind: FieldKind;
  /** Left out where it is zero or empty. */
  readonly optional?: true;
  /** Most bytes of a text or byte string; nothing where the enclosing message is the bound. */
  readonly bytesMax?: number;
}

/** A record's shape. Fields stand in the order of the positional form; they are written in ASCII order. */
export class RecordShape<T> {
  readonly #fields: readonly Field[];
  readonly #sorted: readonly WireField[];

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#sorted = fields
      .map((field) => ({ ...field, wireBytes: packText(field.wire), nameBytes: utf8(field.wire) }))
      .sort((one, other) => (one.wire < other.wire ? -1 : 1));
  }

  /** Writes the record as a map. */
  write(writer: ByteWriter, record: T): void {
    const values = record as Readonly<Record<string, FieldValue>>;
    const isPresent = (field: Field) => !field.optional || !isZero(values[field.key]);
    let present = 0;
    for (const field of this.#sorted) if (isPresent(field)) present++;
    writer.byte(0x80 | present); // no record of the protocol has more than 15 fields
    for (const field of this.#sorted) {
      if (!isPresent(field)) continue;
      writer.bytes(field.wireBytes);
      writeValue(writer, field.kind, values[field.key]);
    }
  }

  /** Reads a map or a positional array; unknown keys are skipped, missing ones are zero. */
  read(reader: ByteReader): T {
    const record: Record<string, FieldValue> = {};
    for (const field of this.#fields) record[field.key] = zero(field.kind);
    const head = reader.byte();
    if (head === 0xc0) return record as T;
    const entries = mapLength(head, reader);
    if (entries !== undefined) this.#readMap(reader, entries, record);
    else this.#readArray(reader, arrayLength(head, reader), record);
    return record as T;
  }

  #readMap(reader: ByteReader, entries: number, record: Record<string, FieldValue>): void {
    let expected = 0;
    for (let i = 0; i < entries; i++) {
      const at = this.#takeName(reader, expected);
      if (at < 0) {
        skipValue(reader);
        continue;
      }
      const field = this.#sorted[at];
      record[field.key] = readValue(reader, field);
      expected = at + 1;
    }
  }

  /** Takes a field's name and returns which it is, or -1. Real nodes write in our order, so the one expected is tried first. */
  #takeName(reader: ByteReader, expected: number): number {
    const next = this.#sorted[expected];
    if (next && reader.takeIf(next.wireBytes)) return expected;
    const name = readRaw(reader, reader.byte());
    return this.#sorted.findIndex(({ nameBytes }) => sameBytes(nameBytes, name));
  }

  #readArray(
    reader: ByteReader,
    count: number | undefined,
    record: Record<string, FieldValue>,
  ): void {
    if (count === undefined) malformed("a record is neither a map nor an array");
    for (let i = 0; i < count; i++) {
      const field = this.#fields[i];
      if (field) record[field.key] = readValue(reader, field);
      else skipValue(reader);
    }
  }
}

interface WireField extends Field {
  readonly nameBytes: Uint8Array;
  /** The name as msgpack has it. */
  readonly wireBytes: Uint8Array;
}

type FieldValue = number | boolean | string | Uint8Array;

/** Returns the bytes of a text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return textEncoder.encode(text);
}

function packText(text: string): Uint8Array {
  const writer = new ByteWriter(32);
  writeRaw(writer, utf8(text));
  return writer.finish();
}

function zero(kind: FieldKind): FieldValue {
  switch (kind) {
    case "unsigned":
    case "signed":
      return 0;
    case "boolean":
      return false;
    case "text":
      return "";
    case "bytes":
      return noBytes;
  }
}

function isZero(value: FieldValue | undefined): boolean {
  return !value || (value instanceof Uint8Array && value.length === 0);
}

function writeValue(writer: ByteWriter, kind: FieldKind, value: FieldValue | undefined): void {
  switch (kind) {
    case "unsigned":
      return writeUnsigned(writer, (value as number | undefined) ?? 0);
    case "signed":
      return writeSigned(writer, (value as number | undefined) ?? 0);
    case "boolean":
      writer.byte(value ? 0xc3 : 0xc2);
      return;
    case "text":
      return writeText(writer, (value as string | undefined) ?? "");
    case "bytes":
      if (isZero(value)) writer.byte(0xc0);
      else writeRaw(writer, value as Uint8Array);
  }
}

function writeUnsigned(writer: ByteWriter, value: number): void {
  if (value <= 0x7f) writer.byte(value);
  else if (value <= 0xff) writer.byte(0xcc).byte(value);
  else if (value <= 0xffff) writer.byte(0xcd).unsigned(value, 2);
  else writer.byte(0xce).unsigned(value, 4);
}

function writeSigned(writer: ByteWriter, value: number): void {
  if (value <= 0x7f) writer.byte(value);
  else if (value <= 0x7fff) writer.byte(0xd1).unsigned(value, 2);
  else writer.byte(0xd2).unsigned(value, 4);
}

/** Names of members are nearly always short and ASCII; for those there is no need to ask the encoder. */
function writeText(writer: ByteWriter, text: string): void {
  if (text.length >= 32 || !isAscii(text)) return writeRaw(writer, utf8(text));
  writer.byte(0xa0 | text.length).ascii(text);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

function writeRaw(writer: ByteWriter, value: Uint8Array): void {
  if (value.length < 32) writer.byte(0xa0 | value.length);
  else if (value.length <= 0xffff) writer.byte(0xda).unsigned(value.length, 2);
  else writer.byte(0xdb).unsigned(value.length, 4);
  writer.bytes(value);
}

function readValue(reader: ByteReader, field: Field): FieldValue {
  const head = reader.byte();
  if (head === 0xc0) return zero(field.kind);
  switch (field.kind) {
    case "unsigned":
    case "signed":
      return readInteger(reader, head, field);
    case "boolean":
      if (head !== 0xc2 && head !== 0xc3) malformed(`field "${field.wire}" is no boolean`);
      return head === 0xc3;
    case "text":
      return decodeText(readRaw(reader, head, field), field);
    case "bytes":
      return readRaw(reader, head, field);
  }
}

/** Integers of either family and any width are taken as long as the value fits 32 bits and is not negative. */
function readInteger(reader: ByteReader, head: number, field: Field): number {
  const value = integerOf(reader, head);
  if (value === undefined) malformed(`field "${field.wire}" is no integer`);
  const max = field.kind === "signed" ? 0x7fff_ffff : 0xffff_ffff;
  if (value < 0 || value > max) malformed(`field "${field.wire}" is out of range`);
  return value;
}

function integerOf(reader: ByteReader, head: number): number | undefined {
  if (head <= 0x7f) return head;
  if (head >= 0xe0) return head - 0x100;
  switch (head) {
    case 0xcc:
      return reader.byte();
    case 0xcd:
      return reader.unsigned(2);
    case 0xce:
      return reader.unsigned(4);
    case 0xcf:
      return reader.unsigned(4) * 2 ** 32 + reader.unsigned(4);
    case 0xd0:
      return signed(reader.byte(), 8);
    case 0xd1:
      return signed(reader.unsigned(2), 16);
    case 0xd2:
      return signed(reader.unsigned(4), 32);
    case 0xd3:
      return signed(reader.unsigned(4), 32) * 2 ** 32 + reader.unsigned(4);
  }
  return undefined;
}

function signed(value: number, bits: number): number {
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** Reads a raw, str8, bin or (where bytes are wanted) an array of small integers. */
function readRaw(reader: ByteReader, head: number, field?: Field): Uint8Array {
  const length = rawLength(head, reader);
  const max = field?.bytesMax ?? bounds.streamBytesMax;
  if (length !== undefined) {
    checkBound(length, max, `length of ${field ? `field "${field.wire}"` : "a key"}`);
    return reader.take(length);
  }
  const count = arrayLength(head, reader);
  if (count === undefined) malformed(`${field ? `field "${field.wire}"` : "a key"} is no string`);
  checkBound(count, Math.min(max, 65_536), "length of an array in place of bytes");
  const bytes = new Uint8Array(Math.min(count, reader.left));
  for (let i = 0; i < count; i++) {
    const value = integerOf(reader, reader.byte());
    if (value === undefined || value < 0 || value > 255) malformed("an array holds no bytes");
    bytes[i] = value;
  }
  return bytes;
}

/** A name must come out as it went in when it is gossiped on, so text that is no UTF-8 is refused. */
function decodeText(bytes: Uint8Array, field: Field): string {
  if (bytes.length <= 64 && bytes.every((byte) => byte < 0x80)) {
    return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
  }
  try {
    return textDecoder.decode(bytes);
  } catch {
    malformed(`field "${field.wire}" is no UTF-8`);
  }
}

function rawLength(head: number, reader: ByteReader): number | undefined {
  if (head >= 0xa0 && head <= 0xbf) return head & 0x1f;
  if (head === 0xd9 || head === 0xc4) return reader.byte();
  if (head === 0xda || head === 0xc5) return reader.unsigned(2);
  if (head === 0xdb || head === 0xc6) return reader.unsigned(4);
  return undefined;
}

function arrayLength(head: number, reader: ByteReader): number | undefined {
  if (head >= 0x90 && head <= 0x9f) return head & 0x0f;
  if (head === 0xdc) return reader.unsigned(2);
  if (head === 0xdd) return reader.unsigned(4);
  return undefined;
}

function mapLength(head: number, reader: ByteReader): number | undefined {
  if (head >= 0x80 && head <= 0x8f) return head & 0x0f;
  if (head === 0xde) return reader.unsigned(2);
  if (head === 0xdf) return reader.unsigned(4);
  return undefined;
}

const fixedWidths: Readonly<Record<number, number>> = {
  0xc0: 0,
  0xc2: 0,
  0xc3: 0,
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
  0xd4: 2,
  0xd5: 3,
  0xd6: 5,
  0xd7: 9,
  0xd8: 17,
};

/** Skips one value of any kind. A counter in place of recursion, so that nesting cannot exhaust the stack. */
function skipValue(reader: ByteReader): void {
  for (let pending = 1; pending > 0; pending--) {
    const head = reader.byte();
    if (head <= 0x7f || head >= 0xe0) continue;
    const width = fixedWidths[head];
    if (width !== undefined) {
      reader.take(width);
      continue;
    }
    const length = rawLength(head, reader) ?? extensionLength(head, reader);
    if (length !== undefined) {
      checkBound(length, bounds.streamBytesMax, "length of an unknown field");
      reader.take(length);
      continue;
    }
    const values = arrayLength(head, reader) ?? (mapLength(head, reader) ?? NaN) * 2;
    if (Number.isNaN(values)) malformed("a value has an unknown type");
    checkBound(pending + values, bounds.pushPullMembersMax, "number of values in an unknown field");
    pending += values;
  }
}

function extensionLength(head: number, reader: ByteReader): number | undefined {
  if (head < 0xc7 || head > 0xc9) return undefined;
  return reader.unsigned(2 ** (head - 0xc7)) + 1;
}
