import { type Paint, styleOf } from "./colour.ts";

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Shown with `-o wide` only. */
  readonly wide?: boolean;
  /** Left out where every row is empty there. */
  readonly sparse?: boolean;
  readonly of: (row: Row) => string;
}

/** Returns rows as a table: titles in capitals, two blanks between columns, nothing cut off. */
export function table<Row>(
  rows: readonly Row[],
  allColumns: readonly Column<Row>[],
  paint: Paint,
): string {
  const columns = allColumns.filter((each) =>
    !each.sparse || rows.some((row) => each.of(row) !== "")
  );
  const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row))));
  const widths = columns.map((column, at) =>
    Math.max(width(column.title), ...cells.map((row) => width(row[at])))
  );
  const line = (row: readonly string[], dress: (text: string) => string) =>
    row.map((text, at) => at === row.length - 1 ? dress(text) : pad(text, widths[at], dress))
      .join("  ").trimEnd();
  return [
    line(columns.map((column) => column.title), (text) => paint("bold", text)),
    ...cells.map((row) =>
      line(row, (text) => {
        const style = styleOf(text);
        return style ? paint(style, text) : text;
      })
    ),
  ].map((each) => `${each}\n`).join("");
}

function pad(text: string, to: number, dress: (text: string) => string): string {
  return dress(text) + " ".repeat(to - width(text));
}

function oneLine(text: string): string {
  return text === "" ? "-" : text.replaceAll(/\s*\n\s*/g, " ");
}

/** Returns how many columns a text takes: characters, not code units. */
function width(text: string): number {
  return [...text].length;
}
