import type {
  Activity,
  Trigger,
  Value,
  ValueMap,
  Workflow,
  WorkflowStep,
} from "../../clout/mod.ts";
import { Call } from "../../clout/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { type Expression, parseExpression } from "../functions/expression.ts";
import type { Entries, Entry } from "../read/grammar.ts";
import type { TriggerDefinition } from "../read/policy.ts";
import type { ActivityDefinition, StepDefinition, WorkflowDefinition } from "../read/workflow.ts";
import type { Report } from "../report.ts";
import type { ServiceParts } from "./instantiate.ts";

/** Returns the workflows of a service template. Nothing in them is evaluated: that is done when they run. */
export function workflowsOf({ definition, model }: ServiceParts): Workflow[] {
  return [...definition.workflows?.values() ?? []].map((each) => toWorkflow(each, model.report));
}

function toWorkflow({ name, value }: Entry<WorkflowDefinition>, report: Report): Workflow {
  const { description, inputs, precondition, steps, implementation } = value;
  const primary = implementation?.primary;
  return {
    name,
    ...(description ? { description: description.value } : {}),
    inputs: new Map(
      [...inputs?.values() ?? []].flatMap((input) => {
        const node = input.value.isShort
          ? input.value.at
          : input.value.value ?? input.value.default;
        return [[input.name, node ? written(node, report) : null] as const];
      }),
    ),
    ...(precondition ? { precondition: written(precondition, report) } : {}),
    steps: [...steps?.values() ?? []].map((each) => toStep(each, report)),
    ...(primary
      ? { implementation: "at" in primary ? primary.file?.value ?? "" : primary.value }
      : {}),
  };
}

function toStep({ name, value }: Entry<StepDefinition>, report: Report): WorkflowStep {
  const { target, target_relationship: requirement, filter } = value;
  const names = (all: readonly { readonly value: string }[] | undefined) =>
    (all ?? []).map((each) => each.value);
  return {
    name,
    target: target?.value ?? "",
    ...(requirement ? { requirement: requirement.value } : {}),
    ...(filter ? { filter: filter.map((each) => written(each, report)) } : {}),
    activities: (value.activities ?? []).flatMap((each) => toActivity(each, report)),
    onSuccess: names(value.on_success),
    onFailure: names(value.on_failure),
  };
}

function toActivity(definition: ActivityDefinition, report: Report): Activity[] {
  const { delegate, inline, set_state: state, call_operation: call } = definition;
  if (state) return [{ kind: "set_state", name: state.value, inputs: new Map() }];
  if (call?.operation) {
    return [{
      kind: "call_operation",
      name: call.operation.value,
      inputs: all(call.inputs, report),
    }];
  }
  const [kind, other] = delegate ? ["delegate", delegate] as const : ["inline", inline] as const;
  return other?.workflow
    ? [{ kind, name: other.workflow.value, inputs: all(other.inputs, report) }]
    : [];
}

/** Returns what a policy does at events: its type's triggers, then its own. */
export function toTriggers(
  triggers: Iterable<Entry<TriggerDefinition>>,
  report: Report,
): Trigger[] {
  return [...triggers].map(({ name, value }) => ({
    name,
    event: value.event?.value ?? "",
    ...(value.condition ? { condition: written(value.condition, report) } : {}),
    action: (value.action ?? []).flatMap((each) => toActivity(each, report)),
  }));
}

function all(inputs: Entries<YamlNode> | undefined, report: Report): ValueMap {
  return new Map(
    [...inputs?.values() ?? []].map(({ name, value }) => [name, written(value, report)]),
  );
}

/** Returns a value with its calls as they were written. */
function written(node: YamlNode, report: Report): Value {
  const expression = parseExpression(node, report);
  return expression ? valueOf(expression) : null;
}

function valueOf(expression: Expression): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "list":
      return expression.items.map(valueOf);
    case "map":
      return new Map(
        expression.entries.map(({ key, value }) => [
          key.kind === "literal" ? String(key.value) : `$${key.kind === "call" ? key.name : ""}`,
          valueOf(value),
        ]),
      );
    case "call":
      return new Call(expression.name, expression.args.map(valueOf));
  }
}
