/**
 * Makes small WebAssembly modules section by section, for what no compiler would make.
 */

type Bytes = readonly number[];

const header: Bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Returns a section; its content must be shorter than 128 bytes. */
export function section(id: number, ...content: readonly number[]): Bytes {
  return [id, content.length, ...content];
}

export function name(text: string): Bytes {
  const bytes = new TextEncoder().encode(text);
  return [bytes.length, ...bytes];
}

/** Returns a module of these sections. */
export function wasmModule(...sections: readonly Bytes[]): Uint8Array {
  return Uint8Array.from([...header, ...sections.flat()]);
}

/** The parts of a module whose function `call` returns 0. */
export const parts = {
  types: section(1, 1, 0x60, 0, 1, 0x7f),
  functions: section(3, 1, 0),
  memory: section(5, 1, 0, 1),
  exports: section(7, 1, ...name("call"), 0, 0),
  code: section(10, 1, 4, 0, 0x41, 0, 0x0b),
} as const;
