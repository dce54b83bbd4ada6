import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import type { StaticScope } from "../functions/check.ts";
import { type Entries, type Entry, listed } from "../read/grammar.ts";
import type { Text } from "../read/scalars.ts";
import type { ActivityDefinition, StepDefinition, WorkflowDefinition } from "../read/workflow.ts";
import { placeOf } from "../report.ts";
import type { InterfaceSlot } from "../resolve/interfaces.ts";
import { type Parameter, resolveParameters } from "../resolve/parameters.ts";
import { checkMapping } from "./check_interfaces.ts";
import { checkNode } from "./check_service.ts";
import type { ServiceParts } from "./instantiate.ts";

/** Checks the workflows of a service template (TOSCA 2.0, section 13). */
export function checkWorkflows(parts: ServiceParts, scope: StaticScope): void {
  for (const entry of parts.definition.workflows?.values() ?? []) {
    checkWorkflow(parts, entry, { ...scope, inputs: workflowInputs(parts, entry, scope) });
  }
}

function workflowInputs(
  parts: ServiceParts,
  { name, value }: Entry<WorkflowDefinition>,
  scope: StaticScope,
): ReadonlyMap<string, Parameter> {
  const own = resolveParameters(parts.model, parts.unit, value.inputs, {
    noun: "input",
    direction: "incoming",
    owner: `workflow "${name}"`,
  });
  return new Map([...scope.inputs ?? [], ...own]);
}

function checkWorkflow(
  parts: ServiceParts,
  { name, key, value }: Entry<WorkflowDefinition>,
  scope: StaticScope,
): void {
  const label = `workflow "${name}"`;
  if (value.steps && value.implementation) {
    report(parts, value.implementation.at.site ?? key, `Cannot tell how ${label} is done`, {
      why: 'It has both "steps" and "implementation"',
      fix: "Remove one of the two",
    });
  }
  if (value.precondition) {
    checkNode(
      value.precondition,
      scope,
      parts.model.builtIn("boolean").schema,
      `precondition of ${label}`,
    );
  }
  for (const output of value.outputs?.values() ?? []) {
    checkMapping(output.value, scope, `output "${output.name}" of ${label}`);
  }
  const { steps } = value;
  if (!steps) return;
  for (const step of steps.values()) checkStep(parts, step, steps, scope, label);
  checkCircle(parts, steps, label);
}

function checkStep(
  parts: ServiceParts,
  { name, value }: Entry<StepDefinition>,
  steps: Entries<StepDefinition>,
  scope: StaticScope,
  owner: string,
): void {
  const label = `step "${name}" of ${owner}`;
  const target = value.target;
  const template = target && parts.templates.get(target.value);
  const isGroup = target && parts.definition.groups?.has(target.value);
  if (target && !template && !isGroup && !parts.definition.isPartial) {
    const names = [...parts.templates.keys(), ...parts.definition.groups?.keys() ?? []];
    report(parts, target.node, `Cannot find the target "${target.value}" of ${label}`, {
      why: `There is no node template or group of this name; there are ${listed(names)}`,
      fix: didYouMean(target.value, names),
    });
  }
  const requirement = value.target_relationship;
  const known = template?.type?.requirements;
  if (requirement && known && !known.has(requirement.value) && !template.type!.isPartial) {
    report(
      parts,
      requirement.node,
      `Cannot find the requirement "${requirement.value}" of ${label}`,
      {
        why: `${template.type!.label} defines ${listed(known.keys())}`,
        fix: didYouMean(requirement.value, known.keys()),
      },
    );
  }
  const self = target && scope.templates?.get(target.value);
  const inner: StaticScope = { ...scope, ...(self ? { self, hasNodeIndex: true } : {}) };
  for (const each of value.filter ?? []) {
    checkNode(each, inner, parts.model.builtIn("boolean").schema, `filter of ${label}`);
  }
  const interfaces = requirement
    ? known?.get(requirement.value)?.relationship?.interfaces
    : template?.type?.interfaces;
  checkActivities(parts, value.activities ?? [], interfaces, inner, label);
  for (const next of [...value.on_success ?? [], ...value.on_failure ?? []]) {
    if (steps.has(next.value)) continue;
    report(parts, next.node, `Cannot find the step "${next.value}" that follows ${label}`, {
      why: `The steps are ${listed(steps.keys())}`,
      fix: didYouMean(next.value, steps.keys()),
    });
  }
}

/** Checks activities; `interfaces` are those of the target, where one is known. */
export function checkActivities(
  parts: ServiceParts,
  activities: readonly ActivityDefinition[],
  interfaces: ReadonlyMap<string, InterfaceSlot> | undefined,
  scope: StaticScope,
  owner: string,
): void {
  for (const [index, activity] of activities.entries()) {
    const label = `activity ${index} of ${owner}`;
    if (activity.at.kind !== "map") continue; // Reported where it was read.
    const kinds = activity.at.entries.length;
    if (kinds !== 1) {
      report(parts, activity.at, `Cannot tell what ${label} does`, {
        why: `It has ${kinds} keynames, and an activity has exactly one`,
        fix: "Write one of delegate, set_state, call_operation and inline",
      });
      continue;
    }
    if (activity.inline?.workflow) {
      checkWorkflowCall(parts, activity.inline.workflow, activity.inline.inputs, scope, label);
    }
    if (activity.delegate?.workflow) {
      checkInputValues(activity.delegate.inputs, undefined, scope, label);
    }
    const call = activity.call_operation;
    if (call?.operation) checkCall(parts, call.operation, call.inputs, interfaces, scope, label);
  }
}

function checkWorkflowCall(
  parts: ServiceParts,
  name: Text,
  inputs: Entries<YamlNode> | undefined,
  scope: StaticScope,
  label: string,
): void {
  const workflows = parts.definition.workflows;
  const found = workflows?.get(name.value);
  if (!found) {
    report(parts, name.node, `Cannot find the workflow "${name.value}" of ${label}`, {
      why: `The workflows are ${listed(workflows?.keys() ?? [])}`,
      fix: didYouMean(name.value, workflows?.keys() ?? []),
    });
    return;
  }
  const wanted = resolveParameters(parts.model, parts.unit, found.value.inputs, {
    noun: "input",
    direction: "incoming",
    owner: `workflow "${name.value}"`,
  });
  for (const { name: input, key } of inputs?.values() ?? []) {
    if (wanted.has(input) || found.value.isPartial) continue;
    report(parts, key, `Cannot give ${label} the input "${input}"`, {
      why: `Workflow "${name.value}" declares ${listed(wanted.keys())}`,
      fix: didYouMean(input, wanted.keys()) ?? "Remove it, or declare it in the workflow",
    });
  }
  checkInputValues(inputs, wanted, scope, label);
  checkMissing(parts, wanted, inputs, undefined, name.node, `workflow "${name.value}"`, label);
}

function checkCall(
  parts: ServiceParts,
  name: Text,
  inputs: Entries<YamlNode> | undefined,
  interfaces: ReadonlyMap<string, InterfaceSlot> | undefined,
  scope: StaticScope,
  label: string,
): void {
  const dot = name.value.lastIndexOf(".");
  if (dot <= 0 || dot === name.value.length - 1) {
    report(parts, name.node, `Cannot tell which operation "${name.value}" of ${label} is`, {
      why: "An operation is written as INTERFACE.OPERATION",
      fix: operationNames(interfaces, name.value),
    });
    return;
  }
  if (!interfaces) return checkInputValues(inputs, undefined, scope, label);
  const type = scope.self?.kind === "node" ? scope.self.type : undefined;
  const [interfaceName, operationName] = [name.value.slice(0, dot), name.value.slice(dot + 1)];
  const slot = interfaces.get(interfaceName);
  const operation = slot?.operations.get(operationName);
  if (!operation) {
    if (slot?.type.isPartial || type?.isPartial) return;
    if (!slot && type?.defines("interfaces", interfaceName)) return;
    const names = slot
      ? [...slot.operations.keys()].map((each) => `${interfaceName}.${each}`)
      : [...interfaces.keys()];
    report(parts, name.node, `Cannot find the operation "${name.value}" of ${label}`, {
      why: slot
        ? `The interface has ${listed(names)}`
        : `The target has the interfaces ${listed(names)}`,
      fix: didYouMean(slot ? name.value : interfaceName, names),
    });
    return;
  }
  const wanted = new Map([...slot!.inputs, ...operation.inputs]);
  checkInputValues(inputs, wanted, scope, label);
  const assigned = assignedInputs(parts, scope, interfaceName, operationName);
  checkMissing(parts, wanted, inputs, assigned, name.node, `operation "${name.value}"`, label);
}

/** Returns how the operations of that name are written; all there are where none has it. */
function operationNames(
  interfaces: ReadonlyMap<string, InterfaceSlot> | undefined,
  name: string,
): string {
  const all = [...interfaces?.values() ?? []].flatMap((slot) =>
    [...slot.operations.keys()].map((each) => `${slot.name}.${each}`)
  );
  const meant = all.filter((each) => each.endsWith(`.${name}`));
  if (meant.length > 0) return `Write ${listed(meant)}`;
  return all.length > 0 ? `The operations are ${listed(all)}` : "Write INTERFACE.OPERATION";
}

/** What the target's template gives to an operation already. */
function assignedInputs(
  parts: ServiceParts,
  scope: StaticScope,
  interfaceName: string,
  operationName: string,
): ReadonlySet<string> {
  const { self } = scope;
  const name = self?.kind === "node" ? self.label.match(/^node template "(.*)"$/)?.[1] : undefined;
  const assigned = parts.templates.get(name ?? "")?.definition.interfaces?.get(interfaceName)
    ?.value;
  return new Set([
    ...assigned?.inputs?.keys() ?? [],
    ...assigned?.operations?.get(operationName)?.value.inputs?.keys() ?? [],
  ]);
}

function checkInputValues(
  inputs: Entries<YamlNode> | undefined,
  wanted: ReadonlyMap<string, Parameter> | undefined,
  scope: StaticScope,
  label: string,
): void {
  for (const { name, key, value } of inputs?.values() ?? []) {
    const parameter = wanted?.get(name);
    if (parameter?.fixed) {
      scope.model.report.error("TOSCA_FIXED", key, {
        what: `Cannot change input "${name}" of ${label}: its value is fixed`,
        why: `It is fixed at ${placeOf(parameter.fixed.node)}`,
        fix: "Remove it here",
      });
      continue;
    }
    checkNode(value, scope, parameter?.schema, `input "${name}" of ${label}`);
  }
}

function checkMissing(
  parts: ServiceParts,
  wanted: ReadonlyMap<string, Parameter>,
  given: Entries<YamlNode> | undefined,
  assigned: ReadonlySet<string> | undefined,
  at: YamlNode,
  called: string,
  label: string,
): void {
  for (const parameter of wanted.values()) {
    const { name, isRequired, schema } = parameter;
    if (!isRequired || !schema || parameter.default || parameter.fixed) continue;
    if (given?.has(name) || assigned?.has(name)) continue;
    report(parts, at, `Cannot call ${called} in ${label}: its input "${name}" is missing`, {
      why: `It is required and has no default (${placeOf(parameter.key)})`,
      fix: `Add "inputs: { ${name}: … }"`,
    });
  }
}

/** Steps that lead back to themselves never end. */
function checkCircle(parts: ServiceParts, steps: Entries<StepDefinition>, label: string): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): boolean => {
    const at = path.indexOf(name);
    if (at >= 0) {
      const circle = [...path.slice(at), name];
      report(parts, steps.get(name)!.key, `Cannot end ${label}: its steps lead back to "${name}"`, {
        why: `The circle is ${circle.join(" → ")}`,
        fix: "Remove one of the steps from on_success or on_failure",
      });
      return true;
    }
    const step = steps.get(name);
    if (!step || done.has(name)) return false;
    path.push(name);
    const next = [...step.value.on_success ?? [], ...step.value.on_failure ?? []];
    const isCircle = next.some((each) => visit(each.value));
    path.pop();
    done.add(name);
    return isCircle;
  };
  for (const name of steps.keys()) if (visit(name)) return;
}

function report(
  parts: ServiceParts,
  at: YamlNode,
  what: string,
  more: { readonly why?: string; readonly fix?: string },
): void {
  parts.model.report.error("TOSCA_WORKFLOW", at, {
    what,
    ...(more.why ? { why: more.why } : {}),
    ...(more.fix ? { fix: more.fix } : {}),
  });
}
