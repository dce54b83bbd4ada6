import { formatServiceRef } from "../../base/mod.ts";
import type { PlanView } from "../../api/mod.ts";
import type { Paint } from "./colour.ts";
import { shellLine, shellWord } from "./shell.ts";

type HostPlan = PlanView["hosts"][number];
type Step = HostPlan["steps"][number];
type Change = PlanView["service"]["changes"][number];

const marks = { create: "+", update: "~", move: ">", remove: "-", unchanged: "=" } as const;
const styles = { create: "green", update: "yellow", move: "yellow", remove: "red" } as const;

/** Whether a plan changes nothing and does nothing. */
function isEmptyPlan(plan: PlanView): boolean {
  return plan.service.changes.every((each) => each.change === "unchanged") &&
    plan.hosts.every((host) => host.steps.length === 0 && host.later.length === 0);
}

/** Returns a plan as text: what becomes of each instance, then each host's steps in the order in which they run. */
export function formatPlan(plan: PlanView, paint: Paint): string {
  const name = formatServiceRef(plan.service.ref);
  if (isEmptyPlan(plan)) return `Nothing to do: "${name}" is as asked\n`;
  const lines = [
    plan.service.baseGeneration === 0
      ? `Plan for "${name}", which is new`
      : `Plan for "${name}", from generation ${plan.service.baseGeneration}`,
    "",
    ...formatChanges(plan.service.changes, paint),
  ];
  for (const host of plan.hosts) lines.push("", ...formatHost(host, paint));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function formatChanges(changes: readonly Change[], paint: Paint): string[] {
  const width = Math.max(0, ...changes.map((each) => each.id.length));
  return changes.map((each) => {
    const reasons = each.reasons.length > 0 ? `: ${each.reasons.join("; ")}` : "";
    const text = `${marks[each.change]} ${each.id.padEnd(width)}  ${each.change} on ${each.host}`;
    return each.change === "unchanged"
      ? `  ${paint("dim", text)}`
      : `  ${paint(styles[each.change], text)}${reasons}`;
  });
}

function formatHost(host: HostPlan, paint: Paint): string[] {
  const count = host.steps.length;
  const lines = [
    count === 0
      ? `Nothing to do on ${host.host}`
      : `On ${host.host}, ${count} ${count === 1 ? "step" : "steps"}:`,
  ];
  const numberWidth = String(count).length;
  host.steps.forEach((step, at) => {
    const number = `${at + 1}.`.padStart(numberWidth + 1);
    const pad = " ".repeat(numberWidth + 4);
    lines.push(
      "",
      `  ${number} ${paint("bold", capital(step.why))}${paint("dim", waitsOf(step, host))}`,
      ...formatEffect(step).map((line) => pad + line),
    );
  });
  for (const each of host.later) lines.push("", `  After that: ${each.item}: ${each.why}`);
  return lines;
}

function waitsOf(step: Step, host: HostPlan): string {
  if (!step.gate) return "";
  const names = host.waits.filter((wait) => wait.item === step.item && wait.gate === step.gate)
    .flatMap((wait) => wait.for);
  if (names.length === 0) return "";
  return `, when ${names.join(", ")} ${names.length === 1 ? "is" : "are"} ${
    step.gate === "start" ? "ready" : "stopped"
  }`;
}

/** Returns the lines of one effect: as a person would do it by hand. */
function formatEffect({ do: effect }: Step): string[] {
  if ("exec" in effect) {
    const { argv, env, cwd } = effect.exec;
    return [`$ ${within(cwd)}${assignments(env)}${shellLine(argv)}`];
  }
  if ("write" in effect) {
    const { path, mode, owner, text, artifact } = effect.write;
    const facts = [mode, owner].filter(Boolean).join(" ");
    if (artifact) return [`write ${path} (${facts}), copied from ${artifact.path}`];
    const body = (text ?? "").replace(/\n$/, "");
    return [`write ${path} (${facts})`, ...body.split("\n").map((line) => `  | ${line}`)];
  }
  if ("remove" in effect) {
    const { path, recursive } = effect.remove;
    return [`$ rm -${recursive ? "r" : ""}f ${shellWord(path)}`];
  }
  if ("spawn" in effect) {
    const { argv, env, cwd, logPath, pidPath } = effect.spawn;
    return [
      `$ ${within(cwd)}${assignments(env)}${shellLine(argv)} >>${shellWord(logPath)} 2>&1 &`,
      `  its pid goes to ${pidPath}`,
    ];
  }
  const { pidPath, graceMs } = effect.end;
  return [`$ kill $(cut -d' ' -f1 ${shellWord(pidPath)})  # and KILL after ${graceMs / 1_000}s`];
}

function within(cwd: string | undefined): string {
  return cwd ? `cd ${shellWord(cwd)} && ` : "";
}

function assignments(env: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(env ?? {}).map(([name, value]) => `${name}=${shellWord(value)} `).join("");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
