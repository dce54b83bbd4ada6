import type { Json } from "../../base/mod.ts";
import type { Surroundings } from "../surroundings.ts";
import { painter } from "./colour.ts";
import { type Column, table } from "./table.ts";

/** The forms of `-o`. */
export const outputFormats = ["table", "wide", "json", "yaml", "name"] as const;

export type OutputFormat = typeof outputFormats[number];

/** How rows of one kind are shown. */
export interface Listing<Row> {
  /** For the sentence that says that there are none: `services`. */
  readonly plural: string;
  readonly columns: readonly Column<Row>[];
  /** What other commands call the row. */
  readonly name: (row: Row) => string;
}

/** Prints rows as `-o` says; that there are none is said on standard error, so that scripts see nothing. */
export async function printRows<Row>(
  it: Surroundings,
  format: OutputFormat,
  rows: readonly Row[],
  listing: Listing<Row>,
): Promise<void> {
  if (format === "json" || format === "yaml") return await printData(it, format, rows);
  if (format === "name") {
    it.stdout.write(rows.map((row) => `${listing.name(row)}\n`).join(""));
    return;
  }
  if (rows.length === 0) {
    it.stderr.write(`There are no ${listing.plural}\n`);
    return;
  }
  const columns = listing.columns.filter((column) => format === "wide" || !column.wide);
  it.stdout.write(table(rows, columns, painter(it, it.stdout)));
}

/** Prints a value as JSON or YAML. */
export async function printData(
  it: Surroundings,
  format: "json" | "yaml",
  value: unknown,
): Promise<void> {
  if (format === "json") return it.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  const { writeYaml } = await import("../../yaml/mod.ts");
  it.stdout.write(writeYaml(JSON.parse(JSON.stringify(value)) as Json));
}
