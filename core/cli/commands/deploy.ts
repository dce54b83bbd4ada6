import {
  fail,
  formatDurationMs,
  formatServiceRef,
  problem,
  ProblemError,
  type ServiceRef,
} from "../../base/mod.ts";
import type { DeployAnswer, Progress, SavedPlan } from "../../api/mod.ts";
import { exitCodes } from "../exit_codes.ts";
import { type OutputFlags, parseRef, type WaitFlags } from "../flags.ts";
import { printData } from "../render/output.ts";
import { printProblems } from "../render/problems.ts";
import { ProgressView } from "../render/progress.ts";
import { buildRequest, type SourcedRequest } from "../request.ts";
import type {
  ChangeFlags,
  DeleteFlags,
  DeployFlags,
  ServiceFlags,
  UpdateFlags,
} from "../service_routes.ts";
import type { Surroundings } from "../surroundings.ts";
import { readFile } from "../user_files.ts";
import { withSources } from "../upload.ts";
import { withAgent } from "../with_agent.ts";
import { fetchPlan, printPlan } from "./plan.ts";
import { formatValue } from "./services.ts";

export async function deployService(
  it: Surroundings,
  flags: DeployFlags,
  name: string,
  template?: string,
): Promise<number> {
  const ref = parseRef(name, flags.namespace);
  const plan = flags.plan === undefined ? undefined : await readPlan(it, flags.plan, ref);
  if (plan && (template !== undefined || flags.input || flags.inputs)) {
    fail("CLI_USAGE", {
      what: "Cannot take a template or inputs together with --plan",
      why: "The plan holds the request that it was made from",
      fix: "Leave them out, or make a new plan",
    });
  }
  const request: SourcedRequest = plan
    ? { ref, body: { template: plan.request.template, inputs: plan.request.inputs } }
    : await buildRequest(it, ref, template, flags);
  if (flags.dryRun) {
    return await printPlan(it, flags, await fetchPlan(it, flags, request), request);
  }
  const path = { namespace: ref.namespace, name: ref.service };
  const body = { ...request.body, ...(plan && { plan }) };
  const answer = await withSources(
    request.source,
    () => withAgent(it, flags, (client) => client.call("deploy", { path, body })),
  );
  await printProblems(
    it,
    answer.problems.map((each) => request.source ? request.source.atHome(each) : each),
  );
  return await settle(it, flags, ref, answer, {
    unchanged: `Nothing to do: "${
      formatServiceRef(ref)
    }" is as asked (generation ${answer.generation})`,
    done: `"${formatServiceRef(ref)}" is ready`,
    goesOn: "The deploy goes on in the agent",
    undo: undoOf(ref, answer),
  });
}

/** Deploys what is newer of a service that is there: its instances change in turn. */
export async function updateService(
  it: Surroundings,
  flags: UpdateFlags,
  name: string,
  template?: string,
): Promise<number> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const newest = template ??
    (await withAgent(it, flags, (client) => client.call("service", { path }))).template;
  const request = await buildRequest(it, ref, newest, flags);
  const update = {
    ...(flags.parallel !== undefined && { parallel: flags.parallel }),
    ...(flags.pause !== undefined && { pauseMs: flags.pause }),
    ...(flags.rollback !== undefined && { rollback: flags.rollback }),
  };
  const body = { ...request.body, update };
  if (flags.dryRun) {
    return await printPlan(it, flags, await fetchPlan(it, flags, { ...request, body }), request);
  }
  const answer = await withSources(
    request.source,
    () => withAgent(it, flags, (client) => client.call("deploy", { path, body })),
  );
  return await finish(it, flags, ref, answer, { ...request, undo: undoOf(ref, answer) });
}

/** Gives nodes of a service other numbers of instances. */
export async function scaleService(
  it: Surroundings,
  flags: ChangeFlags,
  name: string,
  ...counts: readonly string[]
): Promise<number> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const scale = Object.fromEntries(counts.map(parseScale));
  const answer = await withAgent(
    it,
    flags,
    (client) => client.call("deploy", { path, body: { scale } }),
  );
  return await finish(it, flags, ref, answer);
}

/** Starts instances of a service anew. */
export async function restartService(
  it: Surroundings,
  flags: ChangeFlags,
  name: string,
  ...instances: readonly string[]
): Promise<number> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const body = { instances: [...instances] };
  const answer = await withAgent(it, flags, (client) => client.call("restart", { path, body }));
  return await finish(it, flags, ref, answer);
}

/** Returns the command that undoes a deploy, where it is one: what was there before is not to be lost by that. */
function undoOf(ref: ServiceRef, { generation, changed }: DeployAnswer): string | undefined {
  if (generation === 1) return `khutulun service delete ${formatServiceRef(ref)}`;
  return changed ? `khutulun service rollback ${formatServiceRef(ref)}` : undefined;
}

/** Prints the problems of a change, and waits until it is made. */
export async function finish(
  it: Surroundings,
  flags: ServiceFlags & OutputFlags & WaitFlags,
  ref: ServiceRef,
  answer: DeployAnswer,
  { source, undo }: Partial<Pick<SourcedRequest, "source">> & { readonly undo?: string } = {},
): Promise<number> {
  const { problems, generation } = answer;
  await printProblems(it, problems.map((each) => source ? source.atHome(each) : each));
  return await settle(it, flags, ref, answer, {
    unchanged: `Nothing to do: "${formatServiceRef(ref)}" is as asked (generation ${generation})`,
    done: `"${formatServiceRef(ref)}" is ready`,
    goesOn: "The change goes on in the agents",
    ...(undo !== undefined && { undo }),
  });
}

/** Reads `web=3`. */
function parseScale(text: string): [string, number] {
  const found = /^([^=]+)=(\d{1,6})$/.exec(text);
  if (found) return [found[1], Number(found[2])];
  fail("CLI_USAGE", {
    what: `Cannot read "${text}" as a number of instances`,
    fix: "Write it as NODE=COUNT: web=3",
  });
}

export async function deleteService(
  it: Surroundings,
  flags: DeleteFlags,
  name: string,
): Promise<number> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const query = { forget: flags.forget && [...flags.forget] };
  const answer = await withAgent(it, flags, (client) => client.call("delete", { path, query }));
  await printProblems(it, answer.problems);
  return await settle(it, flags, ref, answer, {
    unchanged: `Nothing to do: "${formatServiceRef(ref)}" is being deleted already`,
    done: `"${formatServiceRef(ref)}" is gone`,
    goesOn: "The deletion goes on in the agent",
  });
}

interface Sentences {
  readonly unchanged: string;
  readonly done: string;
  readonly goesOn: string;
  readonly undo?: string;
}

/** Waits until what was asked has become true, as the flags say, and tells how it ended. */
async function settle(
  it: Surroundings,
  flags: ServiceFlags & OutputFlags & WaitFlags,
  ref: ServiceRef,
  answer: DeployAnswer,
  sentences: Sentences,
): Promise<number> {
  const startMs = it.nowMs();
  const ended = flags.wait ? await follow(it, flags, ref, answer.generation) : "not waited";
  const says = (text: string) => it.stderr.write(`${text}\n`);
  if (ended === "interrupted") {
    const watch = `khutulun event list ${formatServiceRef(ref)} --watch`;
    says(`${sentences.goesOn}. Follow it: ${watch}`);
    if (sentences.undo) says(`Undo it: ${sentences.undo}`);
    return exitCodes.interrupted;
  }
  if (flags.output === "json" || flags.output === "yaml") {
    const { plan: _, ...shown } = answer;
    await printData(it, flags.output, shown);
  } else if (flags.output === "name") {
    it.stdout.write(`${formatServiceRef(ref)}\n`);
  } else if (!answer.changed) it.stdout.write(`${sentences.unchanged}\n`);
  else if (ended === "not waited") it.stdout.write(`${sentences.goesOn}\n`);
  else {
    const took = formatDurationMs(it.nowMs() - startMs);
    it.stdout.write(`${sentences.done} (generation ${answer.generation}, ${took})\n`);
    if (sentences.undo) it.stdout.write(await fetchOutputs(it, flags, ref));
  }
  return exitCodes.ok;
}

/** Returns the outputs as lines: what somebody who has deployed wants to know next. */
async function fetchOutputs(
  it: Surroundings,
  flags: ServiceFlags,
  ref: ServiceRef,
): Promise<string> {
  const path = { namespace: ref.namespace, name: ref.service };
  const outputs = await withAgent(it, flags, (client) => client.call("outputs", { path }));
  return Object.entries(outputs).map(([name, value]) => `  ${name}: ${formatValue(value)}\n`).join(
    "",
  );
}

/** Shows progress until the generation is settled; throws the problem that it failed with, or that time is over. */
async function follow(
  it: Surroundings,
  flags: ServiceFlags & WaitFlags,
  ref: ServiceRef,
  generation: number,
): Promise<"settled" | "interrupted"> {
  const ending = new AbortController();
  const unsubscribe = it.onInterrupt(() => ending.abort("interrupted"));
  const timer = setTimeout(() => ending.abort("timeout"), flags.timeout);
  const view = new ProgressView(it);
  let last: Progress | undefined;
  try {
    await withAgent(it, flags, async (client) => {
      const path = { namespace: ref.namespace, name: ref.service };
      const input = { path, query: { generation } };
      for await (const progress of client.stream("follow", input, ending.signal)) {
        last = progress;
        if (progress.kind === "step" || progress.kind === "phase") view.show(progress);
        if (progress.kind === "failed") throw notReady(ref, progress);
      }
    });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    unsubscribe();
    view.clear();
  }
  if (ending.signal.reason === "interrupted") return "interrupted";
  if (!ending.signal.aborted) {
    if (last?.kind === "settled" && last.done < last.total) it.stderr.write(`${last.message}\n`);
    return "settled";
  }
  fail("CLI_TIMEOUT", {
    what: `Service "${formatServiceRef(ref)}" did not settle within ${
      formatDurationMs(flags.timeout)
    }`,
    why: last ? `Last seen: ${last.message}` : undefined,
    fix: `See: khutulun why ${formatServiceRef(ref)}; the work goes on in the agent`,
  });
}

function notReady(ref: ServiceRef, progress: Progress): ProblemError {
  return new ProblemError(
    progress.problem ?? problem("CLI_NOT_READY", {
      what: `Service "${formatServiceRef(ref)}" did not become as asked: ${progress.message}`,
      fix: `See: khutulun why ${formatServiceRef(ref)}${progress.item ? `/${progress.item}` : ""}`,
    }),
  );
}

async function readPlan(it: Surroundings, path: string, ref: ServiceRef): Promise<SavedPlan> {
  const words = {
    what: `Cannot read the plan "${path}"`,
    fix: "Make it with: khutulun service plan NAME TEMPLATE --save FILE",
  };
  const bytes = await readFile(it, path, words);
  let plan: SavedPlan;
  try {
    plan = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof plan.digest !== "string" || !plan.ref || !plan.request) throw new Error();
  } catch {
    fail("CLI_FILE", { ...words, why: "It holds something else, or was cut short" });
  }
  if (formatServiceRef(plan.ref) === formatServiceRef(ref)) return plan;
  fail("CLI_USAGE", {
    what: `Cannot deploy "${formatServiceRef(ref)}" by the plan "${path}"`,
    why: `The plan is for service "${formatServiceRef(plan.ref)}"`,
  });
}
