/**
 * Text in and out of the kernel's memory. Nobody but this folder needs it.
 */
import {
  allocate,
  free,
  inputLength,
  inputLoadByte,
  inputLoadWord,
  lengthOf,
  loadByte,
  loadWord,
  outputSet,
  storeByte,
  storeWord,
} from "./imports";

/** Returns the input of this call as text. */
export function readInput(): string {
  const length = inputLength();
  const bytes = new ArrayBuffer(length as i32);
  const start = changetype<usize>(bytes);
  let at: u64 = 0;
  for (; at + 8 <= length; at += 8) store<u64>(start + (at as usize), inputLoadWord(at));
  for (; at < length; at++) store<u8>(start + (at as usize), inputLoadByte(at));
  return String.UTF8.decode(bytes);
}

/** Sets the output of this call. */
export function writeOutput(text: string): void {
  const block = storeText(text);
  outputSet(block, lengthOf(block));
}

/** Copies a text, as UTF-8, to a new block of the kernel's memory. */
export function storeText(text: string): u64 {
  const bytes = String.UTF8.encode(text);
  const length = bytes.byteLength as u64;
  const start = changetype<usize>(bytes);
  const block = allocate(length);
  let at: u64 = 0;
  for (; at + 8 <= length; at += 8) storeWord(block + at, load<u64>(start + (at as usize)));
  for (; at < length; at++) storeByte(block + at, load<u8>(start + (at as usize)));
  return block;
}

/** Returns the text of a block, and gives the block back. */
export function takeText(block: u64): string {
  const length = lengthOf(block);
  const bytes = new ArrayBuffer(length as i32);
  const start = changetype<usize>(bytes);
  let at: u64 = 0;
  for (; at + 8 <= length; at += 8) store<u64>(start + (at as usize), loadWord(block + at));
  for (; at < length; at++) store<u8>(start + (at as usize), loadByte(block + at));
  free(block);
  return String.UTF8.decode(bytes);
}
