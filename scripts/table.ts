/** Returns lines of cells as a table in columns, with a rule below the header. Cells are not wrapped. */
export function formatTable(
  header: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column].length))
  );
  const format = (line: readonly string[]) =>
    line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [format(header), rule, ...lines.map(format)].join("\n");
}
