import type { ServiceRef } from "../../base/mod.ts";
import { type HostPlan, joinSteps, type Step } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { type EffectPorts, runStep } from "./effects.ts";
import { execute, type ExecutionResult, type Executor } from "./execute.ts";

/** What goes with the steps of a plan. */
export interface Company extends Pick<Executor, "gate" | "report"> {
  readonly before?: (step: Step) => Promise<void>;
  readonly after?: (step: Step) => void;
  /** Returns the error to throw in place of this one: it may say more of why a step failed. */
  readonly explain?: (step: Step, error: unknown) => Promise<unknown>;
}

/** Carries out a plan for a service on this host. What a step will own is in the ledger before it is begun. */
export function carryOut(
  context: AgentContext,
  ref: ServiceRef,
  plan: HostPlan,
  company: Company,
  signal: AbortSignal,
): Promise<ExecutionResult> {
  const { clock, files, host, logger, options, own, processes, recent, stateFiles } = context;
  const ports: EffectPorts = {
    files,
    processes,
    host: options.hostName,
    readArtifact: (source) => stateFiles.readBytes(source.path),
  };
  const { before, after, explain, gate, report } = company;
  recent.forget(ref);
  logger.log("info", `Carries out ${plan.steps.length} steps`, { ...ref, host });
  return execute(plan, {
    gate,
    report,
    own: (steps) => own.ledger.add(ref, steps.map(({ item, owns }) => ({ item, resources: owns }))),
    run: async (step, stop) => {
      await before?.(step);
      await runStep(step, ports, stop).catch(async (error) => {
        throw explain ? await explain(step, error) : error;
      });
      after?.(step);
    },
    together: {
      clock,
      run: async (steps, stop) => {
        for (const each of steps) await before?.(each);
        await runStep(joinSteps(steps), ports, stop);
        for (const each of steps) after?.(each);
      },
    },
  }, signal);
}
