import { fail, formatDurationMs, formatServiceRef } from "../../base/mod.ts";
import type { HostAnswer, HostChange, HostDetail } from "../../api/mod.ts";
import { exitCodes } from "../exit_codes.ts";
import type { AgentFlags, OutputFlags } from "../flags.ts";
import type { DrainFlags, HostFlags, LostFlags } from "../host_routes.ts";
import { painter, styleOf } from "../render/colour.ts";
import { printData, printRows } from "../render/output.ts";
import { printProblems } from "../render/problems.ts";
import { table } from "../render/table.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";
import { formatFacts, hostListing, instanceListing } from "./inventory.ts";
import { serviceListing } from "./services.ts";

/** How often it is looked how far a drain is. */
const lookEveryMs = 500;

export async function showHost(it: Surroundings, flags: HostFlags, host: string): Promise<void> {
  const detail = await fetchHost(it, flags, host);
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, detail);
  }
  if (flags.output === "name") return it.stdout.write(`${detail.name}\n`);
  const paint = painter(it, it.stdout);
  const { liveness, lost, drained, cordoned, labels, facts, placed } = detail;
  const style = styleOf(liveness);
  const wish = lost ? ", given up" : drained ? ", drained" : cordoned ? ", cordoned" : "";
  const lines = [
    `${paint("bold", detail.name)} is ${style ? paint(style, liveness) : liveness}${wish}`,
    `  address  ${detail.address}`,
    `  agent    ${detail.version}, ${detail.mode} mode, ${
      detail.systemd === "none" ? "supervises by itself" : `systemd (${detail.systemd})`
    }`,
    ...(Object.keys(labels).length > 0 ? [`  labels   ${formatFacts(labels)}`] : []),
    ...(Object.keys(facts).length > 0 ? [`  facts    ${formatFacts(facts)}`] : []),
  ];
  it.stdout.write(`${lines.join("\n")}\n`);
  if (placed.length === 0) return it.stdout.write("\nNothing is placed on it\n");
  const columns = instanceListing(it).columns.filter((each) =>
    each.title !== "HOST" && (!each.wide || flags.output === "wide")
  );
  it.stdout.write(`\n${paint("bold", "Instances")}\n${table(placed, columns, paint)}`);
}

export async function labelHost(
  it: Surroundings,
  flags: HostFlags,
  host: string,
  ...words: readonly string[]
): Promise<void> {
  const labels = Object.fromEntries(words.map(parseLabelling));
  await change(it, flags, host, { labels }, "has these labels");
}

export async function cordonHost(it: Surroundings, flags: HostFlags, host: string): Promise<void> {
  await change(it, flags, host, { cordoned: true }, "takes nothing new");
}

export async function uncordonHost(
  it: Surroundings,
  flags: HostFlags,
  host: string,
): Promise<void> {
  await change(it, flags, host, { cordoned: false }, "takes instances");
}

export async function drainHost(
  it: Surroundings,
  flags: DrainFlags,
  host: string,
): Promise<number> {
  const answer = await send(it, flags, host, { drained: true });
  const stays = answer.services.flatMap(({ problems }) =>
    problems.filter((each) => each.severity === "error")
  );
  await printProblems(it, stays);
  if (stays.length > 0) return exitCodes.failed;
  if (flags.wait) await waitUntilEmpty(it, flags, host);
  return await tell(it, flags, answer, flags.wait ? "is free" : "is being drained");
}

export async function removeHost(it: Surroundings, flags: HostFlags, host: string): Promise<void> {
  await withAgent(it, flags, (client) => client.call("removeHost", { path: { host } }));
  it.stdout.write(flags.output === "name" ? `${host}\n` : `Host "${host}" is removed\n`);
}

export async function loseHost(
  it: Surroundings,
  flags: LostFlags,
  host: string,
): Promise<number> {
  if (!flags.confirm) {
    fail("CLI_USAGE", {
      what: `Cannot give up host "${host}" without --confirm`,
      why:
        "What was on it is started elsewhere at once: were it still running there, it would run twice",
      fix: `Make sure that the host is off, then: khutulun host lost ${host} --confirm`,
    });
  }
  const answer = await withAgent(
    it,
    flags,
    (client) => client.call("loseHost", { path: { host } }),
  );
  const problems = answer.services.flatMap((each) => each.problems);
  await printProblems(it, problems);
  const code = await tell(it, flags, answer, "is given up");
  return problems.some((each) => each.severity === "error") ? exitCodes.failed : code;
}

export async function showCluster(it: Surroundings, flags: HostFlags): Promise<void> {
  const status = await withAgent(it, flags, (client) => client.call("cluster", {}));
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, status);
  }
  if (flags.output === "name") return it.stdout.write(`${status.name}\n`);
  const paint = painter(it, it.stdout);
  const style = styleOf(status.phase);
  const alive = status.hosts.filter(({ liveness }) => liveness === "alive").length;
  const ready = status.services.filter(({ phase }) => phase === "ready").length;
  it.stdout.write(
    `Cluster ${paint("bold", status.name)} is ${
      style ? paint(style, status.phase) : status.phase
    }: ` +
      `${alive} of ${status.hosts.length} hosts alive, ` +
      `${ready} of ${status.services.length} services ready\n`,
  );
  for (const note of status.notes) it.stdout.write(`  ${note}\n`);
  it.stdout.write("\n");
  await printRows(it, flags.output, status.hosts, hostListing);
  if (status.services.length === 0) return;
  it.stdout.write("\n");
  await printRows(it, flags.output, status.services, serviceListing(it));
}

async function change(
  it: Surroundings,
  flags: HostFlags,
  host: string,
  wanted: HostChange,
  done: string,
): Promise<void> {
  await tell(it, flags, await send(it, flags, host, wanted), done);
}

function send(
  it: Surroundings,
  flags: AgentFlags,
  host: string,
  body: HostChange,
): Promise<HostAnswer> {
  return withAgent(it, flags, (client) => client.call("changeHost", { path: { host }, body }));
}

function fetchHost(it: Surroundings, flags: AgentFlags, host: string): Promise<HostDetail> {
  return withAgent(it, flags, (client) => client.call("host", { path: { host } }));
}

async function tell(
  it: Surroundings,
  flags: OutputFlags,
  answer: HostAnswer,
  done: string,
): Promise<number> {
  if (flags.output === "json" || flags.output === "yaml") {
    await printData(it, flags.output, answer);
  } else if (flags.output === "name") it.stdout.write(`${answer.host.name}\n`);
  else {
    const unchanged = answer.changed ? "" : " already";
    it.stdout.write(`Host "${answer.host.name}" ${done}${unchanged}\n`);
    for (const { ref, generation, changed } of answer.services) {
      if (!changed) continue;
      it.stdout.write(`  ${formatServiceRef(ref)} is placed anew (generation ${generation})\n`);
    }
  }
  return exitCodes.ok;
}

/** Waits until nothing is on a host any more, and says how it goes each time that something has moved. */
async function waitUntilEmpty(
  it: Surroundings,
  flags: DrainFlags,
  host: string,
): Promise<void> {
  const beginMs = it.nowMs();
  let isInterrupted = false;
  const unsubscribe = it.onInterrupt(() => isInterrupted = true);
  let said = "";
  try {
    for (;;) {
      const { placed } = await fetchHost(it, flags, host);
      if (placed.length === 0) return;
      const left = placed.map(({ ref, id }) => `${formatServiceRef(ref)}/${id}`).join(", ");
      if (left !== said) it.stderr.write(`${placed.length} left: ${left}\n`);
      said = left;
      if (isInterrupted || it.nowMs() - beginMs >= flags.timeout) break;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  } finally {
    unsubscribe();
  }
  fail(isInterrupted ? "CLI_INTERRUPTED" : "CLI_TIMEOUT", {
    what: `Host "${host}" is not free ${
      isInterrupted ? "yet" : `within ${formatDurationMs(flags.timeout)}`
    }`,
    why: `It still has ${said}`,
    fix: "See: khutulun why NAME; the drain goes on in the agents",
  });
}

/** Reads `zone=a`, or `zone-` that takes the label away. */
function parseLabelling(text: string): [string, string | null] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  if (at < 0 && /.-$/.test(text)) return [text.slice(0, -1), null];
  fail("CLI_USAGE", {
    what: `Cannot read "${text}" as a label`,
    fix: "Write it as LABEL=VALUE, or LABEL- to take it away",
  });
}
