import type { SourcePosition } from "../base/mod.ts";

/** A text with its file's name; turns offsets into lines and columns when somebody asks. */
export class SourceText {
  #lineStarts: number[] | undefined;

  constructor(
    /** The file as its user named it, or the path inside a package. */
    readonly file: string,
    readonly text: string,
  ) {}

  /** Returns the place from offset `start` up to, not including, offset `end`. */
  position(start: number, end: number): SourcePosition {
    const [line, column] = this.#lineAndColumn(start);
    const [endLine, endColumn] = this.#lineAndColumn(Math.max(start, end));
    return { file: this.file, line, column, endLine, endColumn };
  }

  #lineAndColumn(offset: number): [number, number] {
    const starts = this.#lineStarts ??= findLineStarts(this.text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return [low + 1, offset - starts[low] + 1];
  }
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
