import { formatServiceRef, visibleLine } from "../../base/mod.ts";
import type { Effect, HostPlan, Step, WriteEffect } from "../../plan/mod.ts";

/**
 * Returns host plans as one shell script (POSIX sh) that a person can read, and run by hand on each host.
 *
 * It says what the agent does, step by step and in the same order; waits for readiness are comments, because a script
 * has nobody to ask.
 */
export function renderScript(plans: readonly HostPlan[]): string {
  const lines = ["#!/bin/sh"];
  for (const plan of plans) {
    lines.push(`# Service "${formatServiceRef(plan.ref)}" on host "${plan.host}"`, "set -eu", "");
    for (const step of plan.steps) lines.push(...renderStep(plan, step), "");
    for (const { item, why } of plan.later) lines.push(comment(`After that: ${item}: ${why}`));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function renderStep(plan: HostPlan, step: Step): string[] {
  const waits = plan.waits.filter((wait) => wait.item === step.item && wait.gate === step.gate);
  const awaited = waits.flatMap((wait) => wait.for);
  const lines = [comment(step.why)];
  if (awaited.length > 0) {
    lines.push(
      comment(`(once ${step.gate === "start" ? "ready" : "stopped"}: ${awaited.join(", ")})`),
    );
  }
  return [...lines, ...renderEffect(step.do)];
}

/** Names and reasons come from templates and plugins: a line break in one would end the comment, and be a command. */
function comment(text: string): string {
  return `# ${visibleLine(text)}`;
}

function renderEffect(effect: Effect): string[] {
  if ("exec" in effect) {
    const { argv, env, cwd, stdin, okExit } = effect.exec;
    const assignments = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
    const words = assignments.length > 0 ? ["env", ...assignments, ...argv] : argv;
    let command = words.map(quote).join(" ");
    if (cwd !== undefined) command = `(cd ${quote(cwd)} && ${command})`;
    const others = (okExit ?? []).filter((code) => code !== 0);
    if (others.length === 1) command += ` || [ $? -eq ${others[0]} ]`;
    if (others.length > 1) command += ` || case $? in ${others.join("|")}) ;; *) exit 1 ;; esac`;
    return stdin === undefined ? [command] : withInput(command, stdin);
  }
  if ("write" in effect) return renderWrite(effect.write);
  if ("remove" in effect) {
    const { path, recursive } = effect.remove;
    return [`rm ${recursive ? "-rf" : "-f"} ${quote(path)}`];
  }
  if ("spawn" in effect) {
    const { argv, env, cwd, logPath, pidPath } = effect.spawn;
    const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const command = ["setsid", "env", ...assignments, ...argv].map(quote).join(" ");
    const line = `${command} </dev/null >>${quote(logPath)} 2>&1 & echo $! >${quote(pidPath)}`;
    const directories = [logPath, pidPath].map((path) => path.slice(0, path.lastIndexOf("/")));
    return [
      ["mkdir", "-p", ...new Set(directories)].map(quote).join(" "),
      cwd === undefined ? line : `(cd ${quote(cwd)} && ${line})`,
    ];
  }
  const { pidPath } = effect.end;
  return [`kill "$(cut -d' ' -f1 ${quote(pidPath)})" && rm -f ${quote(pidPath)}`];
}

function renderWrite(effect: WriteEffect): string[] {
  const [user, group] = (effect.owner ?? "").split(":");
  const options = [
    "-D",
    "-m",
    effect.mode,
    ...(user ? ["-o", user] : []),
    ...(group ? ["-g", group] : []),
  ];
  const install = (source: string) =>
    ["install", ...options, source, effect.path].map(quote).join(" ");
  if (effect.artifact !== undefined) return [install(effect.artifact.path)];
  return withInput(install("/dev/stdin"), effect.text ?? "");
}

/** Feeds a text to a command: as a here-document where it ends with a newline, which those always do. */
function withInput(command: string, text: string): string[] {
  if (!text.endsWith("\n")) return [`printf %s ${quote(text)} | ${command}`];
  let mark = "END";
  while (text.split("\n").includes(mark)) mark += "_";
  return [`${command} <<'${mark}'`, text.slice(0, -1), mark];
}

/** Quotes a word for sh, where it needs it. */
function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
