import { fail, formatServiceRef, type Json } from "../../base/mod.ts";
import type { ServiceDetail, ServiceView } from "../../api/mod.ts";
import { type AgentFlags, type NamespaceFlags, type OutputFlags, parseRef } from "../flags.ts";
import { painter, styleOf } from "../render/colour.ts";
import { type Listing, printData, printRows } from "../render/output.ts";
import { printProblems } from "../render/problems.ts";
import { table } from "../render/table.ts";
import { ago } from "../render/times.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";
import { connectionListing, instanceListing } from "./inventory.ts";

type Flags = AgentFlags & NamespaceFlags & OutputFlags;

export async function listServices(it: Surroundings, flags: Flags): Promise<void> {
  const query = { namespace: flags.namespace };
  const rows = await withAgent(it, flags, (client) => client.call("services", { query }));
  await printRows(it, flags.output, rows, serviceListing(it));
}

export async function showService(it: Surroundings, flags: Flags, name: string): Promise<void> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const detail = await withAgent(it, flags, (client) => client.call("service", { path }));
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, detail);
  }
  if (flags.output === "name") return it.stdout.write(`${formatServiceRef(ref)}\n`);
  it.stdout.write(formatDetail(it, detail, flags.output === "wide"));
  await printProblems(it, detail.problems);
}

export async function showOutputs(
  it: Surroundings,
  flags: Flags,
  name: string,
  output?: string,
): Promise<void> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const outputs = await withAgent(it, flags, (client) => client.call("outputs", { path }));
  if (output === undefined) return await printOutputs(it, flags, outputs);
  if (!Object.hasOwn(outputs, output)) {
    fail("AGENT_SERVICE_UNKNOWN", {
      what: `Service "${formatServiceRef(ref)}" has no output "${output}"`,
      fix: `It has: ${Object.keys(outputs).join(", ") || "none"}`,
    });
  }
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, outputs[output]);
  }
  it.stdout.write(`${formatValue(outputs[output])}\n`);
}

async function printOutputs(
  it: Surroundings,
  flags: Flags,
  outputs: Readonly<Record<string, Json>>,
): Promise<void> {
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, outputs);
  }
  await printRows(it, flags.output, Object.entries(outputs), {
    plural: "outputs",
    name: ([name]) => name,
    columns: [
      { title: "OUTPUT", of: ([name]) => name },
      { title: "VALUE", of: ([, value]) => formatValue(value) },
    ],
  });
}

/** Services, as `service list` and `cluster status` show them. */
export function serviceListing(it: Surroundings): Listing<ServiceView> {
  return {
    plural: "services",
    name: (row) => formatServiceRef(row.ref),
    columns: [
      { title: "SERVICE", of: (row) => formatServiceRef(row.ref) },
      { title: "PHASE", of: (row) => row.phase },
      { title: "READY", of: (row) => `${row.ready}/${row.wanted}` },
      { title: "GENERATION", of: (row) => String(row.generation) },
      { title: "CHANGED", of: (row) => ago(row.changed, it.nowMs()) },
      { title: "TEMPLATE", of: (row) => row.template },
    ],
  };
}

function formatDetail(it: Surroundings, detail: ServiceDetail, isWide: boolean): string {
  const paint = painter(it, it.stdout);
  const style = styleOf(detail.phase);
  const shown = <Row>(title: string, rows: readonly Row[], listing: Listing<Row>) => {
    const columns = listing.columns.filter((each) =>
      (isWide || !each.wide) && each.title !== "SERVICE"
    );
    return rows.length === 0 ? "" : `\n${paint("bold", title)}\n${table(rows, columns, paint)}`;
  };
  const pairs = (title: string, values: Readonly<Record<string, Json>>) => {
    const width = Math.max(0, ...Object.keys(values).map((name) => name.length));
    const lines = Object.entries(values).map(([name, value]) =>
      `  ${name.padEnd(width)}  ${formatValue(value)}\n`
    );
    return lines.length === 0 ? "" : `\n${paint("bold", title)}\n${lines.join("")}`;
  };
  return [
    `${paint("bold", formatServiceRef(detail.ref))} is `,
    `${style ? paint(style, detail.phase) : detail.phase}, `,
    `${detail.ready} of ${detail.wanted} instances ready, generation ${detail.generation}\n`,
    `from template ${detail.template}\n`,
    pairs("Outputs", detail.outputs),
    pairs("Inputs", detail.inputs),
    shown("Instances", detail.instances, instanceListing(it)),
    shown("Connections", detail.connections, connectionListing),
    shown("History", detail.history, {
      plural: "requests",
      name: (row) => String(row.generation),
      columns: [
        { title: "REQUEST", of: (row) => String(row.generation) },
        { title: "AT", of: (row) => row.at },
        { title: "BY", of: (row) => row.by },
      ],
    }),
  ].join("");
}

/** Returns a value for people: a text without quotes, anything else as JSON. */
export function formatValue(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
