import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import type { StaticScope } from "../functions/check.ts";
import { listed } from "../read/grammar.ts";
import type { TriggerDefinition } from "../read/policy.ts";
import type { Text } from "../read/scalars.ts";
import { placeOf } from "../report.ts";
import type { Entry } from "../read/grammar.ts";
import type { GroupType, PolicyType } from "../resolve/simple_types.ts";
import { admits, type ValidTypes } from "../resolve/valid_types.ts";
import { checkAssignments } from "./assignments.ts";
import { checkNode } from "./check_service.ts";
import { checkActivities } from "./check_workflows.ts";
import type { ServiceParts } from "./instantiate.ts";

type Groups = NonNullable<ServiceParts["definition"]["groups"]>;

/** Checks the groups of a service template (TOSCA 2.0, section 16.2). */
export function checkGroups(parts: ServiceParts, scope: StaticScope): void {
  const groups = parts.definition.groups;
  for (const { name, key, value } of groups?.values() ?? []) {
    const label = `group "${name}"`;
    const type = value.type &&
      parts.model.type("group_types", parts.unit, value.type, label) as GroupType | undefined;
    if (!type) continue;
    const to = { label, key, type: type.label, isPartial: type.isPartial };
    checkAssignments(value.properties, type.properties, scope, to, "property");
    const attributes = new Map([...type.properties, ...type.attributes]);
    checkAssignments(value.attributes, attributes, scope, to, "attribute");
    for (const member of value.members ?? []) {
      if (groups!.has(member.value)) { // The prose lets groups be members.
        if (leadsTo(groups!, member.value, name)) reportCircle(parts, member, name);
        continue;
      }
      checkMember(parts, member, type.members, "member", label, type.label);
    }
  }
}

/** Checks the policies of a service template (TOSCA 2.0, section 16.4). */
export function checkPolicies(parts: ServiceParts, scope: StaticScope): void {
  const groups = parts.definition.groups;
  const seen = new Map<string, YamlNode>();
  for (const { name, key, value } of parts.definition.policies ?? []) {
    const label = `policy "${name}"`;
    const first = seen.get(name);
    if (first) {
      parts.model.report.error("YAML_DUPLICATE_KEY", key, {
        what: `Cannot define the policy "${name}" twice`,
        why: `It is defined first at ${placeOf(first)}`,
        fix: "Rename one of the two, or remove it",
      });
      continue;
    }
    seen.set(name, key);
    const type = value.type &&
      parts.model.type("policy_types", parts.unit, value.type, label) as PolicyType | undefined;
    if (!type) continue;
    const to = { label, key, type: type.label, isPartial: type.isPartial };
    checkAssignments(value.properties, type.properties, scope, to, "property");
    for (const target of value.targets ?? []) {
      const group = groups?.get(target.value);
      if (group) checkGroupTarget(parts, target, group.value.type, type, label);
      else checkMember(parts, target, type.targets, "target", label, type.label);
    }
    for (const trigger of [...type.triggers.values(), ...value.triggers?.values() ?? []]) {
      const inherited = type.triggers.get(trigger.name);
      if (inherited && inherited !== trigger) {
        parts.model.report.error("TOSCA_TRIGGER", trigger.key, {
          what: `Cannot change the trigger "${trigger.name}" in ${label}`,
          why: `Its type defines it at ${placeOf(inherited.key)}`,
          fix: "Give the new trigger another name",
        });
      }
    }
    for (const trigger of value.triggers?.values() ?? []) {
      checkTrigger(parts, trigger, scope, label);
    }
  }
}

/** Whether a group holds another, or itself, over however many groups. */
function leadsTo(groups: Groups, from: string, wanted: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === wanted) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(groups.get(name)?.value.members ?? []).map(({ value }) => value));
  }
  return false;
}

function reportCircle(parts: ServiceParts, member: Text, group: string): void {
  parts.model.report.error("TOSCA_GROUP", member.node, {
    what: `Cannot take "${member.value}" as a member of group "${group}"`,
    why: member.value === group
      ? "A group cannot hold itself"
      : `Group "${member.value}" holds "${group}" in turn`,
    fix: "Remove it here",
  });
}

function checkGroupTarget(
  parts: ServiceParts,
  target: Text,
  typeName: Text | undefined,
  policy: PolicyType,
  label: string,
): void {
  const found = typeName && parts.model.names.find(parts.unit, "group_types", typeName.value);
  const type = found && parts.model.typeOf("group_types", found);
  if (!type || !policy.targets) return;
  // A group is admitted by its own type, or where the types of its members would be.
  const hasGroups = policy.targets.types.some((each) => each.section === "group_types");
  if (!hasGroups || admits(policy.targets, type)) return;
  reportMember(parts, target, type.label, policy.targets, "target", label, policy.label);
}

function checkMember(
  parts: ServiceParts,
  name: Text,
  valid: ValidTypes | undefined,
  noun: string,
  label: string,
  owner: string,
): void {
  const template = parts.templates.get(name.value);
  if (!template) {
    if (parts.definition.isPartial) return; // It may stand in what could not be read.
    const names = [...parts.templates.keys(), ...parts.definition.groups?.keys() ?? []];
    parts.model.report.error("TOSCA_GROUP", name.node, {
      what: `Cannot find the ${noun} "${name.value}" of ${label}`,
      why: `There is no node template or group of this name; there are ${listed(names)}`,
      fix: didYouMean(name.value, names) ?? "Define it, or remove it here",
    });
    return;
  }
  if (!template.type || template.type.isPartial || admits(valid, template.type)) return;
  reportMember(parts, name, template.type.label, valid!, noun, label, owner);
}

function reportMember(
  parts: ServiceParts,
  name: Text,
  found: string,
  valid: ValidTypes,
  noun: string,
  label: string,
  owner: string,
): void {
  parts.model.report.error("TOSCA_GROUP", name.node, {
    what: `Cannot take "${name.value}" as a ${noun} of ${label}`,
    why: `It is of ${found}; ${owner} admits ${listed(valid.types.map((each) => each.name))}` +
      (valid.at ? ` (${placeOf(valid.at)})` : ""),
    fix: `Remove it, or use another type of ${label.split(" ")[0]}`,
  });
}

function checkTrigger(
  parts: ServiceParts,
  { name, value }: Entry<TriggerDefinition>,
  scope: StaticScope,
  owner: string,
): void {
  const label = `trigger "${name}" of ${owner}`;
  if (value.condition) {
    // SELF is whichever target the event is about.
    const self = { kind: "node" as const, label: "the target", type: undefined, isOpen: true };
    checkNode(
      value.condition,
      { ...scope, self },
      parts.model.builtIn("boolean").schema,
      `condition of ${label}`,
    );
  }
  checkActivities(parts, value.action ?? [], undefined, scope, label);
}
