import { toProblem } from "../../base/mod.ts";
import type { AgentPorts } from "../agent_ports.ts";
import type { AgentContext } from "../agent_context.ts";
import { probeMount } from "../../store/mod.ts";
import type { Isolation } from "../hosts/isolation.ts";
import { examineTrust } from "../trust/mod.ts";
import { readServiceState } from "../service_state.ts";
import type { DoctorFinding } from "../use_cases.ts";

/**
 * Looks at everything that has to be right for the agent to do its work, and says of each thing how it is and what would
 * mend it. It changes nothing but for a probe of the mount, which leaves nothing behind.
 */
export async function examine(
  context: AgentContext,
  isolation: Isolation,
  ports: AgentPorts,
): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [...examineMachine(context)];
  if (isolation.problem) {
    const { what, why, fix } = isolation.problem;
    return [...findings, {
      check: "state",
      status: "failed",
      message: why ? `${what}: ${why}` : what,
      fix,
    }];
  }
  findings.push(
    ...await probeMount({
      clock: context.clock,
      random: ports.random,
      files: context.stateFiles,
      locks: ports.stateLocks,
      root: context.options.state,
      writer: { host: context.host, boot: "doctor" },
      local: context.files,
      processes: context.processes,
    }),
  );
  findings.push(...await examineTrust(context, context.options.trust));
  findings.push(await examineCommands(context));
  findings.push(...await examineHandEdits(context));
  findings.push(...await examineServices(context));
  findings.push(await examineLedger(context));
  return findings;
}

function examineMachine({ options }: AgentContext): DoctorFinding[] {
  const provider: DoctorFinding = options.systemd === "none"
    ? {
      check: "systemd",
      status: "warning",
      message: "The agent supervises processes by itself; while it is down nothing is restarted",
    }
    : { check: "systemd", status: "ok", message: `Units run under the ${options.systemd} manager` };
  const machine = (options.machineProblems ?? []).map((each): DoctorFinding => ({
    check: "machine",
    status: each.severity === "error" ? "failed" : "warning",
    message: each.why ? `${each.what}: ${each.why}` : each.what,
    fix: each.fix,
  }));
  return [provider, ...machine];
}

/** Commands that the included plugins may need; a service that needs one that is missing is refused when it is planned. */
async function examineCommands({ options, processes }: AgentContext): Promise<DoctorFinding> {
  const wanted = ["sh", "install", "ss", ...(options.systemd === "none" ? [] : ["systemctl"])];
  const missing: string[] = [];
  for (const name of wanted) {
    if (await processes.which(name) === undefined) missing.push(name);
  }
  return missing.length === 0
    ? { check: "commands", status: "ok", message: `There are ${wanted.join(", ")}` }
    : {
      check: "commands",
      status: "warning",
      message: `Missing: ${missing.join(", ")}`,
      fix: "Install them; without ss nobody can name who holds a port",
    };
}

/** Documents that read well and are not as khutulun wrote them. */
async function examineHandEdits({ store }: AgentContext): Promise<DoctorFinding[]> {
  const edits = await store.handEdits();
  if (edits.length === 0) {
    const message = "Every document is as khutulun wrote it";
    return [{ check: "hand edits", status: "ok", message }];
  }
  return edits.map(({ path, isInForce, takeBack }) => ({
    check: "hand edits",
    status: "warning",
    message: isInForce
      ? `"${path}" was edited by hand, and counts as it is now`
      : `"${path}" was edited by hand: it is a copy for people, and the edit has no effect`,
    fix: takeBack === undefined
      ? "Have it written anew: deploy the service, or change the host, through khutulun"
      : `Take it back: ${takeBack}`,
  }));
}

/** Documents that cannot be understood, or do not fit each other: a deploy that was cut short, or an edit by hand. */
async function examineServices({ membership, store }: AgentContext): Promise<DoctorFinding[]> {
  const wrong: string[] = [];
  const unreadable: DoctorFinding[] = [];
  const services = await store.services();
  for (const ref of services) {
    const state = await readServiceState(store, ref, membership).catch((error) => {
      unreadable.push(unreadableService(error));
    });
    if (state === undefined) continue;
    const { asked, graph } = state;
    if (asked && graph && graph.spec.serviceGeneration > asked.generation) {
      wrong.push(`${ref.service}: its graph is of a request that is not there`);
    } else if (asked && (graph?.spec.serviceGeneration ?? 0) < asked.generation) {
      wrong.push(`${ref.service}: its last deploy was cut short`);
    }
  }
  if (wrong.length === 0 && unreadable.length === 0) {
    const message = `The documents of ${services.length} service${
      services.length === 1 ? "" : "s"
    } fit each other`;
    return [{ check: "services", status: "ok", message }];
  }
  return [
    ...unreadable,
    ...wrong.map((message): DoctorFinding => ({
      check: "services",
      status: "warning",
      message,
      fix: "Deploy (or delete) it again; change things through khutulun, not by hand",
    })),
  ];
}

function unreadableService(error: unknown): DoctorFinding {
  const { what, why, fix } = toProblem(error, "read a service");
  const message = why === undefined ? what : `${what}: ${why}`;
  return { check: "services", status: "failed", message, ...(fix && { fix }) };
}

/** Things on the host whose services are no longer in the state. */
async function examineLedger({ own, store }: AgentContext): Promise<DoctorFinding> {
  const known = new Set((await store.services()).map((ref) => `${ref.namespace}/${ref.service}`));
  const lost: string[] = [];
  for (const ref of await own.ledger.services()) {
    if (!known.has(`${ref.namespace}/${ref.service}`)) lost.push(ref.service);
  }
  return lost.length === 0
    ? { check: "ledger", status: "ok", message: "Everything that was made belongs to a service" }
    : {
      check: "ledger",
      status: "warning",
      message: `Things on this host are of services that the state does not have: ${
        lost.join(", ")
      }`,
      fix: "Deploy the services again, then delete them through khutulun",
    };
}
