import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { type Expression, parseExpression } from "../functions/expression.ts";
import type { ImplementationDefinition } from "../read/artifact.ts";
import { type Entries, type Entry, listed } from "../read/grammar.ts";
import type {
  InterfaceDefinition,
  InterfaceTypeDefinition,
  OperationDefinition,
} from "../read/interface.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import type { Model } from "./model.ts";
import { type Parameter, resolveParameters } from "./parameters.ts";
import { TypeBase } from "./type_base.ts";

/** An operation or notification after all refinements (TOSCA 2.0, sections 11.4 and 11.8). */
export interface Operation {
  readonly name: string;
  readonly key: YamlNode;
  readonly implementation?: { readonly definition: ImplementationDefinition; readonly unit: Unit };
  readonly inputs: ReadonlyMap<string, Parameter>;
  readonly outputs: ReadonlyMap<string, Parameter>;
}

/** What interfaces hold, whether of a type or of a definition. */
export interface InterfaceParts {
  readonly inputs: ReadonlyMap<string, Parameter>;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly notifications: ReadonlyMap<string, Operation>;
}

/** An interface type (TOSCA 2.0, section 11.1). */
export class InterfaceType extends TypeBase<InterfaceTypeDefinition> implements InterfaceParts {
  #parts: InterfaceParts | undefined;

  get inputs(): ReadonlyMap<string, Parameter> {
    return this.#resolve().inputs;
  }

  get operations(): ReadonlyMap<string, Operation> {
    return this.#resolve().operations;
  }

  get notifications(): ReadonlyMap<string, Operation> {
    return this.#resolve().notifications;
  }

  #resolve(): InterfaceParts {
    if (this.#parts) return this.#parts;
    const { model, unit, definition, label } = this;
    const above = this.above;
    for (
      const each of [
        ...definition.operations?.values() ?? [],
        ...definition.notifications?.values() ?? [],
      ]
    ) {
      checkInTypeOperation(model, each, label);
    }
    checkInTypeInputs(model, definition.inputs, label);
    return this.#parts = resolveParts(model, unit!, definition, label, above, true);
  }
}

/** An interface of a node or relationship type (TOSCA 2.0, section 11.2). */
export interface InterfaceSlot extends InterfaceParts {
  readonly name: string;
  readonly key: YamlNode;
  readonly type: InterfaceType;
}

/** Returns the interfaces of a type, inherited ones first. */
export function resolveInterfaces(
  model: Model,
  unit: Unit,
  own: Entries<InterfaceDefinition> | undefined,
  options: {
    readonly owner: string;
    readonly inherited?: ReadonlyMap<string, InterfaceSlot>;
    readonly refines?: string;
  },
): ReadonlyMap<string, InterfaceSlot> {
  const slots = new Map(options.inherited);
  for (const entry of own?.values() ?? []) {
    const inherited = slots.get(entry.name);
    if (!inherited && options.refines !== undefined) {
      model.report.error("TOSCA_NOT_REFINING", entry.key, {
        what: `Cannot add the interface "${entry.name}" in ${options.owner}`,
        why: `Only what ${options.refines} defines may be refined here: ${listed(slots.keys())}`,
        fix: didYouMean(entry.name, slots.keys()) ?? `Define it in ${options.refines}`,
      });
      continue;
    }
    const made = resolveInterface(model, unit, entry, inherited, options.owner);
    if (made) slots.set(entry.name, made);
  }
  return slots;
}

function resolveInterface(
  model: Model,
  unit: Unit,
  entry: Entry<InterfaceDefinition>,
  inherited: InterfaceSlot | undefined,
  owner: string,
): InterfaceSlot | undefined {
  const { name, key, value: definition } = entry;
  const label = `interface "${name}" of ${owner}`;
  const type = definition.type
    ? model.type("interface_types", unit, definition.type, label) as InterfaceType | undefined
    : inherited?.type;
  if (!type) {
    if (!definition.type && !(definition.at.kind === "map" && definition.at.entry("type"))) {
      model.report.error("TOSCA_KEYNAME_MISSING", key, {
        what: `Cannot read ${label}: the mandatory keyname "type" is missing`,
        fix: 'Add "type"',
      });
    }
    return undefined;
  }
  if (inherited && !type.derivesFrom(inherited.type)) {
    reportRefinedType(model, definition.type!.node, label, inherited.type, type);
  }
  const base = inherited && inherited.type === type
    ? inherited
    : inherited
    ? joined(type, inherited)
    : type;
  const parts = resolveParts(model, unit, definition, label, base, false, type);
  return { name, key, type, ...parts };
}

/** What a refined interface starts from: the new type's operations, with what was said of the inherited ones. */
function joined(type: InterfaceType, inherited: InterfaceSlot): InterfaceParts {
  return {
    inputs: new Map([...type.inputs, ...inherited.inputs]),
    operations: new Map([...type.operations, ...inherited.operations]),
    notifications: new Map([...type.notifications, ...inherited.notifications]),
  };
}

/** Reports a refined type that does not derive from the inherited one. */
export function reportRefinedType(
  model: Model,
  at: YamlNode,
  label: string,
  inherited: { readonly label: string; readonly key: YamlNode | undefined },
  type: { readonly label: string },
): void {
  model.report.error("TOSCA_REFINEMENT", at, {
    what: `Cannot refine ${label} with ${type.label}`,
    why: `It does not derive from the inherited ${inherited.label}` +
      (inherited.key ? ` (${placeOf(inherited.key)})` : ""),
    fix: "Keep the type, or use one that derives from the inherited one",
  });
}

function resolveParts(
  model: Model,
  unit: Unit,
  definition: InterfaceTypeDefinition | InterfaceDefinition,
  label: string,
  base: InterfaceParts | undefined,
  canAdd: boolean,
  type?: InterfaceType,
): InterfaceParts {
  const resolveAll = (
    noun: string,
    own: Entries<OperationDefinition> | undefined,
    inherited: ReadonlyMap<string, Operation> | undefined,
  ) => {
    const operations = new Map(inherited);
    for (const entry of own?.values() ?? []) {
      const known = operations.get(entry.name);
      if (!known && !canAdd) {
        if (!type?.isPartial) reportOperation(model, noun, entry, operations.keys(), label, type);
        continue;
      }
      operations.set(
        entry.name,
        resolveOperation(model, unit, entry, known, `${noun} "${entry.name}" of ${label}`),
      );
    }
    return operations;
  };
  return {
    inputs: resolveParameters(model, unit, definition.inputs, {
      noun: "input",
      direction: "outgoing",
      owner: label,
      inherited: base?.inputs,
    }),
    operations: resolveAll("operation", definition.operations, base?.operations),
    notifications: resolveAll("notification", definition.notifications, base?.notifications),
  };
}

function resolveOperation(
  model: Model,
  unit: Unit,
  entry: Entry<OperationDefinition>,
  inherited: Operation | undefined,
  label: string,
): Operation {
  const definition = entry.value;
  const implementation = definition.implementation
    ? { definition: definition.implementation, unit }
    : inherited?.implementation;
  return {
    name: entry.name,
    key: entry.key,
    ...(implementation ? { implementation } : {}),
    inputs: resolveParameters(model, unit, definition.inputs, {
      noun: "input",
      direction: "outgoing",
      owner: label,
      inherited: inherited?.inputs,
    }),
    outputs: resolveParameters(model, unit, definition.outputs, {
      noun: "output",
      direction: "incoming",
      owner: label,
      inherited: inherited?.outputs,
    }),
  };
}

function reportOperation(
  model: Model,
  noun: string,
  entry: Entry<unknown>,
  known: Iterable<string>,
  label: string,
  type: InterfaceType | undefined,
): void {
  const names = [...known];
  model.report.error("TOSCA_OPERATION_UNKNOWN", entry.key, {
    what: `Cannot find the ${noun} "${entry.name}" of ${label}`,
    why:
      `${type ? type.label[0].toUpperCase() + type.label.slice(1) : "The interface"} defines ${
        listed(names)
      }` + (type?.key ? ` (${placeOf(type.key)})` : ""),
    fix: didYouMean(entry.name, names) ?? `Define it in the interface type`,
  });
}

/** Interface types say what operations take and give, not how they are done (TOSCA 2.0, section 11.1). */
function checkInTypeOperation(
  model: Model,
  entry: Entry<OperationDefinition>,
  owner: string,
): void {
  const { implementation, inputs, outputs } = entry.value;
  if (implementation) {
    const at = implementation.at.site ?? implementation.at;
    model.report.error("TOSCA_INTERFACE_TYPE", at, {
      what: `Cannot implement "${entry.name}" in ${owner}`,
      why: "An interface type says what operations are, not how they are done",
      fix: "Move the implementation to the interface of a node type, relationship type or template",
    });
  }
  for (const output of outputs?.values() ?? []) {
    const mapping = output.value.mapping ?? (output.value.isShort ? output.value.at : undefined);
    if (!mapping) continue;
    model.report.error("TOSCA_INTERFACE_TYPE", mapping.site ?? mapping, {
      what: `Cannot map output "${output.name}" of "${entry.name}" in ${owner}`,
      why: "An interface type knows of no node whose attribute could be set",
      fix: "Move the mapping to a node type, relationship type or template",
    });
  }
  checkInTypeInputs(model, inputs, owner);
}

function checkInTypeInputs(
  model: Model,
  inputs:
    | Entries<{ readonly value?: YamlNode; readonly isShort?: true; readonly at: YamlNode }>
    | undefined,
  owner: string,
): void {
  for (const input of inputs?.values() ?? []) {
    const node = input.value.value ?? (input.value.isShort ? input.value.at : undefined);
    const expression = node && parseExpression(node, model.report);
    const name = expression && findGraphCall(expression);
    if (!name) continue;
    model.report.error("TOSCA_INTERFACE_TYPE", node, {
      what: `Cannot use "$${name}" in the value of input "${input.name}" of ${owner}`,
      why: "An interface type knows of no node that has properties or attributes",
      fix: "Give the value in a node type, relationship type or template",
    });
  }
}

function findGraphCall(expression: Expression): string | undefined {
  switch (expression.kind) {
    case "literal":
      return undefined;
    case "list":
      return firstOf(expression.items);
    case "map":
      return firstOf(expression.entries.flatMap(({ key, value }) => [key, value]));
    case "call":
      return /^get_(property|attribute)$/.test(expression.name)
        ? expression.name
        : firstOf(expression.args);
  }
}

function firstOf(expressions: readonly Expression[]): string | undefined {
  for (const each of expressions) {
    const found = findGraphCall(each);
    if (found) return found;
  }
}
