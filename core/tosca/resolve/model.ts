import type { YamlNode } from "../../yaml/mod.ts";
import type { FunctionDefinition } from "../read/function_definition.ts";
import type { Entry } from "../read/grammar.ts";
import type { Text } from "../read/scalars.ts";
import { placeOf, type Report } from "../report.ts";
import type { Unit } from "./closure.ts";
import { type CustomFunction, resolveFunction } from "./custom_function.ts";
import { type Base, builtInDataTypes, DataType } from "./data_type.ts";
import { InterfaceType } from "./interfaces.ts";
import { type Found, Names, type Section } from "./names.ts";
import { NodeType } from "./node_type.ts";
import type { Sited } from "./properties.ts";
import { RelationshipType } from "./relationship_type.ts";
import type { Clause, Schema } from "./schema.ts";
import { ArtifactType, CapabilityType, GroupType, PolicyType } from "./simple_types.ts";

/** Any type. */
export type AnyType =
  | ArtifactType
  | CapabilityType
  | DataType
  | GroupType
  | InterfaceType
  | NodeType
  | PolicyType
  | RelationshipType;

/** The sections that hold types. */
export type TypeSection = Exclude<Section, "functions">;

/** Checks of values and expressions, which belong to the phase after this one. */
export interface ValueChecks {
  checkTypeValue(value: Sited, schema: Schema, label: string): void;
  checkClause(clause: Clause, schema: Schema, label: string): void;
}

/**
 * All types and functions of a run, each made once, when somebody first asks for it; those of files that have not changed
 * since an earlier run are there already.
 *
 * Types are identified by their definition: two definitions of equal content are two types (TOSCA 2.0, section 5.1).
 */
export class Model {
  readonly names = new Names();
  readonly #builtIn = builtInDataTypes();
  readonly #later: (() => void)[] = [];
  #checks: ValueChecks | undefined;

  constructor(readonly report: Report) {}

  /** Gives the checks of values; without them none are made. */
  set checks(checks: ValueChecks) {
    this.#checks = checks;
  }

  checkTypeValue(value: Sited, schema: Schema, label: string): void {
    this.#checks?.checkTypeValue(value, schema, label);
  }

  checkClause(clause: Clause, schema: Schema, label: string): void {
    this.#checks?.checkClause(clause, schema, label);
  }

  /** Puts off a check until all that is being resolved is there. */
  later(check: () => void): void {
    this.#later.push(check);
  }

  /** Makes the checks that were put off, and those that they put off. */
  runLater(): void {
    for (let index = 0; index < this.#later.length; index++) this.#later[index]();
    this.#later.length = 0;
  }

  builtIn(base: Base): DataType {
    return this.#builtIn.get(base)!;
  }

  /** Returns the data type that a name means, built in or defined; an unknown one is reported. */
  dataType(unit: Unit, name: Text, label: string): DataType | undefined {
    const builtIn = this.#builtIn.get(name.value);
    if (builtIn) return builtIn;
    if (!this.names.find(unit, "data_types", name.value)) {
      const successor = earlierDataTypes.find(([pattern]) => pattern.test(name.value))?.[1];
      if (successor) {
        this.report.error("TOSCA_TYPE_UNKNOWN", name.node, {
          what: `Cannot find the data type "${name.value}" of ${label}`,
          why: `"${name.value}" belongs to an earlier TOSCA, not to 2.0`,
          fix: successor,
        });
        return undefined;
      }
    }
    return this.type("data_types", unit, name, label) as DataType | undefined;
  }

  nodeType(unit: Unit, name: Text, label: string): NodeType | undefined {
    return this.type("node_types", unit, name, label) as NodeType | undefined;
  }

  /** Returns the type that a name means in a file; an unknown one is reported. */
  type(section: TypeSection, unit: Unit, name: Text, label: string): AnyType | undefined {
    const found = this.names.find(unit, section, name.value);
    if (!found) return void this.names.reportUnknown(unit, section, name, this.report, label);
    return this.typeOf(section, found);
  }

  /** Returns the type of a definition; nothing inside a circle of derivations, which is reported. */
  typeOf(section: TypeSection, { unit, entry }: Found): AnyType | undefined {
    const known = unit.types.get(entry);
    if (known === "resolving") {
      this.#reportCycle(section, { unit, entry });
      return undefined;
    }
    if (known) return known;
    // The farthest ancestor first, so that no chain of derivations is too long for the stack.
    for (const each of this.#unmadeLine(section, { unit, entry }).reverse()) {
      each.unit.types.set(each.entry, this.#make(section, each));
    }
    return unit.types.get(entry) as AnyType;
  }

  /** Returns a definition and those that it derives from, nearest first, as far as they are not made yet; they are now. */
  #unmadeLine(section: TypeSection, start: Found): Found[] {
    const line: Found[] = [];
    for (let at: Found | undefined = start; at && !at.unit.types.has(at.entry);) {
      at.unit.types.set(at.entry, "resolving");
      line.push(at);
      const from: Text | undefined = at.entry.value.derived_from;
      const isBuiltIn: boolean = section === "data_types" && this.#builtIn.has(from?.value ?? "");
      at = from && !isBuiltIn ? this.names.find(at.unit, section, from.value) : undefined;
    }
    return line;
  }

  #make(section: TypeSection, { unit, entry }: Found): AnyType {
    const from: Text | undefined = entry.value.derived_from;
    const label = `the parent of ${entry.name}`;
    const found = from &&
      (section === "data_types"
        ? this.dataType(unit, from, label)
        : this.type(section, unit, from, label));
    const depth = found ? found.depth + 1 : 1;
    if (depth === depthMax + 1) this.#reportDepth(entry.name, from!);
    const parent = depth > depthMax ? undefined : found;
    const wasWritten = entry.value.at.kind === "map" && entry.value.at.entry("derived_from");
    const isPartial = (parent ? parent.isPartial : Boolean(wasWritten)) ||
      Boolean(entry.value.isPartial);
    const made = section === "data_types"
      ? new DataType(this, unit, entry, parent as DataType | undefined, isPartial)
      : new classes[section](this, section, unit, entry, parent as never, isPartial);
    made.depth = depth;
    return made;
  }

  #reportDepth(name: string, from: Text): void {
    this.report.error("TOSCA_LIMIT", from.node, {
      what:
        `Cannot derive "${name}" from "${from.value}": it would have more than ${depthMax} ancestors`,
      why: "Types that derive from each other in so long a line are not processed",
      fix: "Derive from a type further up",
    });
  }

  #reportCycle(section: TypeSection, start: Found): void {
    const names = [start.entry.name];
    const places: YamlNode[] = [start.entry.key];
    let at: Found | undefined = start;
    for (let steps = 0; steps < 1_000; steps++) {
      const from: Text | undefined = at.entry.value.derived_from;
      at = from && this.names.find(at.unit, section, from.value);
      if (!at) break;
      names.push(at.entry.name);
      if (at.entry === start.entry) break;
      places.push(at.entry.key);
    }
    const from: Text = start.entry.value.derived_from;
    this.report.error("TOSCA_TYPE_CYCLE", from.node, {
      what: `Cannot derive "${start.entry.name}" from itself`,
      why: `The circle is ${shortened(names).join(" → ")} (${
        shortened(places.map(placeOf)).join(", ")
      })`,
      fix: 'Remove "derived_from" from one of them',
    });
  }

  /** Returns the function that a name means in a file, if one is defined. */
  function(unit: Unit, name: string): CustomFunction | undefined {
    const found = this.names.find(unit, "functions", name);
    return found && this.functionOf(found.unit, found.entry);
  }

  functionOf(unit: Unit, entry: Entry<FunctionDefinition>): CustomFunction {
    const known = unit.functions.get(entry);
    if (known) return known;
    const made = resolveFunction(this, unit, entry);
    unit.functions.set(entry, made);
    return made;
  }
}

/** How long a line of derivations may be. */
const depthMax = 1_000;

/** Leaves out the middle of a list that nobody would read. */
function shortened(texts: readonly string[]): readonly string[] {
  return texts.length <= 16 ? texts : [...texts.slice(0, 8), "…", ...texts.slice(-4)];
}

const classes = {
  artifact_types: ArtifactType,
  capability_types: CapabilityType,
  interface_types: InterfaceType,
  relationship_types: RelationshipType,
  node_types: NodeType,
  group_types: GroupType,
  policy_types: PolicyType,
} as const;

/** Data types of earlier TOSCA versions, and what to do instead. */
const earlierDataTypes: readonly (readonly [RegExp, string])[] = [
  [
    /^(tosca:)?scalar-unit\.(size|time|frequency|bitrate)$/,
    'Define a data type with "derived_from: scalar" and "units"',
  ],
  [/^range$/, "Use a list of two integers, or two properties"],
  [/^(tosca:)?(json|xml)$/, "Use string, or a data type derived from it"],
];
