import { formatServiceRef } from "../../base/mod.ts";
import type { AnswerOf } from "../../api/mod.ts";
import type { AgentFlags, NamespaceFlags, OutputFlags } from "../flags.ts";
import { type Listing, printData, printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import { untilInterrupted, withAgent } from "../with_agent.ts";
import { scopeOf } from "./inventory.ts";

type Event = AnswerOf<"watchEvents">;
type Flags = AgentFlags & NamespaceFlags & OutputFlags & {
  readonly watch?: boolean;
  readonly limit: number;
};

export async function listEvents(it: Surroundings, flags: Flags, service?: string): Promise<void> {
  const query = { ...scopeOf(flags, service), limit: flags.limit };
  if (!flags.watch) {
    const rows = await withAgent(it, flags, (client) => client.call("events", { query }));
    return await printRows(it, flags.output, rows, listing);
  }
  await untilInterrupted(it, (signal) =>
    withAgent(it, flags, async (client) => {
      for await (const event of client.stream("watchEvents", { query }, signal)) {
        await printEvent(it, event, flags.output);
      }
    }));
}

const listing: Listing<Event> = {
  plural: "events",
  name: (row) => row.id,
  columns: [
    { title: "AT", of: (row) => row.at },
    { title: "HOST", of: (row) => row.host },
    { title: "SERVICE", of: serviceOf },
    { title: "ITEM", of: (row) => row.item ?? "" },
    { title: "EVENT", of: (row) => row.type },
    { title: "MESSAGE", of: (row) => firstLine(row.message) },
    { title: "ID", wide: true, of: (row) => row.id },
  ],
};

/** Prints an event as it comes: a line, or a document of YAML. */
async function printEvent(it: Surroundings, event: Event, format: Flags["output"]): Promise<void> {
  if (format !== "yaml") return it.stdout.write(`${formatEvent(event, format)}\n`);
  it.stdout.write("---\n");
  await printData(it, format, event);
}

/** One line for each event: a table cannot know the widths of what comes. */
function formatEvent(event: Event, format: Exclude<Flags["output"], "yaml">): string {
  if (format === "json") return JSON.stringify(event);
  if (format === "name") return event.id;
  return [event.at, event.host, serviceOf(event), event.item, event.type, firstLine(event.message)]
    .filter(Boolean).join("  ");
}

/** The rest (the end of a log, as a rule) is shown by `why` and `-o json`. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0];
}

function serviceOf(event: Event): string {
  return event.namespace && event.service
    ? formatServiceRef({ namespace: event.namespace, service: event.service })
    : "";
}
