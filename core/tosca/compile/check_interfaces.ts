import type { YamlNode } from "../../yaml/mod.ts";
import { infer, mayBe, type StaticScope } from "../functions/check.ts";
import { parseExpression } from "../functions/expression.ts";
import type { ArtifactDefinition, ImplementationDefinition } from "../read/artifact.ts";
import { type Entries, type Entry, listed } from "../read/grammar.ts";
import type { InterfaceAssignment, OperationAssignment } from "../read/interface.ts";
import { didYouMean } from "../../base/mod.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "../resolve/closure.ts";
import type { InterfaceSlot, Operation } from "../resolve/interfaces.ts";
import type { Parameter } from "../resolve/parameters.ts";
import type { Schema } from "../resolve/schema.ts";
import { type Assignee, checkAssignments, reportUndefined } from "./assignments.ts";
import { checkNode } from "./check_service.ts";
import type { ArtifactType } from "../resolve/simple_types.ts";
import type { Template } from "./templates.ts";

/** Checks the interfaces of a template against those of its type (TOSCA 2.0, sections 11.3 to 11.9). */
export function checkInterfaces(
  assigned: Entries<InterfaceAssignment> | undefined,
  defined: ReadonlyMap<string, InterfaceSlot>,
  scope: StaticScope,
  to: Assignee,
  template: Template | undefined,
): void {
  for (const { name, key, value } of assigned?.values() ?? []) {
    const slot = defined.get(name);
    if (!slot) {
      const isReported = to.isPartial || template?.type?.defines("interfaces", name);
      if (!isReported) reportUndefined(scope, key, "interface", name, defined.keys(), to);
      continue;
    }
    const label = `interface "${name}" of ${to.label}`;
    checkInputs(value.inputs, slot.inputs, scope, label);
    checkOperations("operation", value.operations, slot.operations, slot, scope, label, template);
    checkOperations(
      "notification",
      value.notifications,
      slot.notifications,
      slot,
      scope,
      label,
      template,
    );
  }
}

function checkOperations(
  noun: "operation" | "notification",
  assigned: Entries<OperationAssignment> | undefined,
  defined: ReadonlyMap<string, Operation>,
  slot: InterfaceSlot,
  scope: StaticScope,
  owner: string,
  template: Template | undefined,
): void {
  for (const { name, key, value } of assigned?.values() ?? []) {
    const operation = defined.get(name);
    const label = `${noun} "${name}" of ${owner}`;
    if (!operation) {
      if (slot.type.isPartial) continue;
      scope.model.report.error("TOSCA_OPERATION_UNKNOWN", key, {
        what: `Cannot find the ${noun} "${name}" of ${owner}`,
        why: `Interface type "${slot.type.name}" defines ${listed(defined.keys())}` +
          (slot.type.key ? ` (${placeOf(slot.type.key)})` : ""),
        fix: didYouMean(name, defined.keys()) ?? "Define it in the interface type",
      });
      continue;
    }
    checkInputs(value.inputs, new Map([...slot.inputs, ...operation.inputs]), scope, label);
    checkOutputs(value.outputs, operation.outputs, scope, label);
    if (value.implementation) {
      const artifacts = template
        ? [...template.type?.artifacts.keys() ?? [], ...template.definition.artifacts?.keys() ?? []]
        : [];
      checkImplementation(value.implementation, artifacts, scope, label);
    }
  }
}

function checkInputs(
  assigned: Entries<YamlNode> | undefined,
  defined: ReadonlyMap<string, Parameter>,
  scope: StaticScope,
  owner: string,
): void {
  for (const { name, key, value } of assigned?.values() ?? []) {
    const parameter = defined.get(name);
    const label = `input "${name}" of ${owner}`;
    if (parameter?.fixed) {
      scope.model.report.error("TOSCA_FIXED", key, {
        what: `Cannot change ${label}: its value is fixed`,
        why: `It is fixed at ${placeOf(parameter.fixed.node)}`,
        fix: "Remove it here",
      });
      continue;
    }
    checkNode(value, scope, parameter?.schema, label);
  }
}

function checkOutputs(
  assigned: Entries<YamlNode> | undefined,
  defined: ReadonlyMap<string, Parameter>,
  scope: StaticScope,
  owner: string,
): void {
  for (const { name, key, value } of assigned?.values() ?? []) {
    const parameter = defined.get(name);
    const label = `output "${name}" of ${owner}`;
    if (parameter?.mapping) {
      scope.model.report.error("TOSCA_FIXED", key, {
        what: `Cannot map ${label} again`,
        why: `It is mapped at ${placeOf(parameter.mapping.node)}`,
        fix: "Remove the mapping here",
      });
      continue;
    }
    checkMapping(value, scope, label, parameter?.schema);
  }
}

/** Checks an attribute selection: `[ SELF, attribute, … ]`, which is a path and an attribute at its end. */
export function checkMapping(
  node: YamlNode,
  scope: StaticScope,
  label: string,
  schema?: Schema,
): void {
  if (node.kind !== "list" || node.items.length < 2) {
    scope.model.report.error("TOSCA_PATH", node, {
      what: `Cannot map ${label}`,
      why: "A mapping is a list: a path and an attribute",
      fix: "Write [ SELF, ATTRIBUTE ]",
    });
    return;
  }
  const selection = parseExpression(node, scope.model.report);
  if (selection?.kind !== "list") return;
  const found = infer(
    {
      kind: "call",
      name: "get_attribute",
      args: selection.items,
      hasList: true,
      at: node,
      purpose: `Cannot map ${label}`,
    },
    scope,
  );
  if (!found || !schema || mayBe(schema, found)) return;
  scope.model.report.error("TOSCA_VALUE_TYPE", node, {
    what: `Cannot map ${label} to an attribute of the type "${found.type.name}"`,
    why: `It is of the type "${schema.type.name}"; values are not converted`,
    fix: "Map it to an attribute of its type, or change the type of one of the two",
  });
}

/** Checks what an implementation names: an artifact, or else a file (TOSCA 2.0, section 11.6). */
export function checkImplementation(
  implementation: ImplementationDefinition,
  artifacts: readonly string[],
  scope: StaticScope,
  label: string,
): void {
  const references = [implementation.primary, ...implementation.dependencies ?? []];
  for (const each of references) {
    if (!each) continue;
    if ("at" in each) {
      checkArtifact(
        { name: "implementation", key: each.at, value: each },
        scope.unit,
        scope,
        label,
      );
      continue;
    }
    if (artifacts.includes(each.value)) continue;
    const near = didYouMean(each.value, artifacts);
    scope.model.report.warn("TOSCA_IMPLEMENTATION_PATH", each.node, {
      what: `Cannot find the artifact "${each.value}" of ${label}; it is taken as a file`,
      why: `The artifacts are ${listed(artifacts)}`,
      fix: near ?? `Define it under "artifacts", with its type and file`,
    });
  }
}

/** Checks an artifact definition (TOSCA 2.0, section 12.2). */
export function checkArtifact(
  entry: Entry<ArtifactDefinition>,
  unit: Unit,
  scope: StaticScope,
  owner: string,
): void {
  const { name, key, value } = entry;
  const { model } = scope;
  const label = `artifact "${name}" of ${owner}`;
  if (value.checksum && !value.checksum_algorithm) {
    model.report.error("TOSCA_ARTIFACT", value.checksum.node, {
      what: `Cannot verify ${label}: it has a checksum and no "checksum_algorithm"`,
      fix: 'Add "checksum_algorithm: sha256"',
    });
  }
  if (value.repository && !unit.definition.repositories?.has(value.repository.value)) {
    const names = [...unit.definition.repositories?.keys() ?? []];
    model.report.error("TOSCA_REPOSITORY_UNKNOWN", value.repository.node, {
      what: `Cannot find the repository "${value.repository.value}" of ${label}`,
      why: `The repositories of this file are ${listed(names)}`,
      fix: didYouMean(value.repository.value, names) ?? 'Define it under "repositories"',
    });
  }
  checkArtifactPath(value, unit, scope, label);
  const type = value.type &&
    model.type("artifact_types", unit, value.type, label) as ArtifactType | undefined;
  if (!type) return;
  // What an artifact is for is known to those who use it: the committee's own examples give it more than its type has.
  const to = { label, key, type: type.label, isPartial: type.isPartial, isLoose: true };
  checkAssignments(value.properties, type.properties, { ...scope, unit }, to, "property");
}

function checkArtifactPath(
  definition: ArtifactDefinition,
  unit: Unit,
  scope: StaticScope,
  label: string,
): void {
  const file = definition.file?.value;
  if (!file || definition.repository || /^[a-z][a-z0-9+.-]*:/i.test(file)) return;
  if (!unit.isContained) return;
  const depth = file.startsWith("/") ? 0 : unit.path.split("/").length - 1;
  let level = depth;
  for (const part of file.split("/")) {
    if (part === "..") level--;
    else if (part !== "." && part !== "") level++;
    if (level >= 0) continue;
    scope.model.report.error("TOSCA_IMPORT_ESCAPES", definition.file!.node, {
      what: `Cannot take the file "${file}" of ${label}: the path leaves the package`,
      why: "What a package uses must be inside it",
      fix: "Put the file into the package",
    });
    return;
  }
}
