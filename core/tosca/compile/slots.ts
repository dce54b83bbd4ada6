import type { YamlNode } from "../../yaml/mod.ts";
import { conform } from "../functions/conform.ts";
import type { Datum } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { type Expression, parseExpression } from "../functions/expression.ts";
import type { Scope } from "../functions/scope.ts";
import type { Entries } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "../resolve/closure.ts";
import type { Property } from "../resolve/properties.ts";
import type { Schema } from "../resolve/schema.ts";
import { attributeValue } from "./assignments.ts";

/** Where a value came from. */
export type Origin = "assigned" | "default" | "fixed" | "external";

/** What a slot belongs to. */
interface Owner {
  readonly label: string;
}

/**
 * A value of the graph, evaluated when first asked for.
 *
 * Asked for while it is being evaluated, it is in a circle, which is reported. There is one for each value of each node:
 * so its label is put together when a problem wants it.
 */
export class Slot {
  #state: "new" | "busy" | "done" = "new";
  #value: Datum | undefined;

  constructor(
    /** With its owner: `property "port"`; else in full. */
    readonly name: string,
    readonly owner: Owner | undefined,
    readonly expression: Expression | undefined,
    readonly schema: Schema | undefined,
    readonly scope: Scope,
    readonly origin: Origin,
  ) {}

  /** For messages: `property "port" of node template "web"`. */
  get label(): string {
    return this.owner ? `${this.name} of ${this.owner.label}` : this.name;
  }

  /** Returns the value; nothing where it could not be had, which is reported. */
  get value(): Datum | undefined {
    if (this.#state === "done") return this.#value;
    if (this.#state === "busy") {
      this.#reportCircle(evaluating.slice(evaluating.indexOf(this)));
      return undefined;
    }
    if (evaluating.length >= depthMax) throw new TooDeep(this);
    return evaluating.length > 0 ? this.#get() : this.#getStepwise();
  }

  /** Gets the value; where it needs too many others behind each other, the farther ones are got first. */
  #getStepwise(): Datum | undefined {
    const way: Slot[] = [this];
    for (let slot = way.at(-1); slot; slot = way.at(-1)) {
      try {
        slot.#get();
        way.pop();
      } catch (error) {
        if (!(error instanceof TooDeep)) throw error;
        const { slot: deeper } = error;
        if (way.includes(deeper)) {
          this.#reportCircle(way.slice(way.indexOf(deeper)));
          for (const each of way) each.#state = "done";
          return undefined;
        }
        way.push(deeper);
      }
    }
    return this.#value;
  }

  #get(): Datum | undefined {
    if (this.#state === "done") return this.#value;
    const { expression, schema, scope, origin } = this;
    const known = origin === "default" && expression ? plainDefaults.get(expression) : undefined;
    if (known && known.schema === schema) {
      this.#state = "done";
      return this.#value = known;
    }
    this.#state = "busy";
    evaluating.push(this);
    try {
      this.#value = scope.model.report.aloud(() => {
        const { graph } = scope;
        return graph ? graph.plainly(() => this.#evaluate()) : this.#evaluate();
      });
      this.#state = "done";
    } finally {
      evaluating.pop();
      // What was postponed (see `Pending`) is asked for again.
      if (this.#state === "busy") this.#state = "new";
    }
    return this.#value;
  }

  /** Returns the value as it is seen at this moment from a filter; it is not kept. */
  get glimpse(): Datum | undefined {
    if (this.#state === "busy") return undefined;
    if (glimpses >= depthMax) return this.value;
    const before = this.#state;
    this.#state = "busy";
    glimpses++;
    try {
      return this.scope.model.report.quietly(() => this.#evaluate());
    } finally {
      glimpses--;
      this.#state = before;
    }
  }

  #evaluate(): Datum | undefined {
    const { expression, schema, scope, origin } = this;
    const found = expression && evaluate(expression, scope, schema);
    const made = found && schema ? conform(found, schema, scope, this.label) : found;
    if (made && origin === "default" && isPlain(expression!, schema)) {
      plainDefaults.set(expression!, made);
    }
    return made;
  }

  #reportCircle(circle: readonly Slot[]): void {
    const first = circle[0].expression;
    if (!first) return;
    this.scope.model.report.error("TOSCA_EVALUATION_CYCLE", first.at, {
      what: `Cannot evaluate ${circle[0].label}: it depends on itself`,
      why: `The circle is ${
        [...circle, circle[0]].map((each) =>
          `${each.label}${each.expression ? ` (${placeOf(each.expression.at)})` : ""}`
        ).join(" → ")
      }`,
      fix: "Give one of them a value that does not depend on the others",
    });
  }
}

const evaluating: Slot[] = [];

/** How many glimpses are taken inside of each other. */
let glimpses = 0;

/** How many values may be evaluated inside of each other: more would be too much for the stack. */
const depthMax = 100;

/** Thrown where too many values need each other: this one is to be evaluated first. */
class TooDeep extends Error {
  constructor(readonly slot: Slot) {
    super(`${slot.label} is needed far inside of others`);
  }
}

/** Defaults that are the same for every node, by where they are written. */
const plainDefaults = new WeakMap<Expression, Datum>();

/** Whether a value depends on nothing but how it is written. */
function isPlain(expression: Expression, schema: Schema | undefined): boolean {
  return expression.kind === "literal" && schema !== undefined && schema.type.isBuiltIn &&
    schema.clauses.length === 0;
}

/** Slots by the names of what they are values of. */
export type Slots = ReadonlyMap<string, Slot>;

/** Most relationships and capabilities have none, and there are many of them. */
export const noSlots: Slots = new Map();

/** Returns a slot for each definition that has a value: fixed, assigned or default. */
export function slotsOf(
  defined: ReadonlyMap<string, Property>,
  assigned: Entries<YamlNode> | undefined,
  scope: Scope,
  owner: Owner,
  noun: "property" | "attribute",
): Slots {
  let slots: Map<string, Slot> | undefined;
  for (const property of defined.values()) {
    const given = assigned?.get(property.name)?.value;
    const value = given && noun === "attribute" ? attributeValue(given, property) : given;
    const slot = makeSlot(property, value, scope, owner, noun);
    if (slot) (slots ??= new Map()).set(property.name, slot);
  }
  return slots ?? noSlots;
}

function makeSlot(
  property: Property,
  assigned: YamlNode | undefined,
  scope: Scope,
  owner: Owner,
  noun: string,
): Slot | undefined {
  const [node, unit, origin]: [YamlNode | undefined, Unit, Origin] = property.fixed
    ? [property.fixed.node, property.fixed.unit, "fixed"]
    : assigned
    ? [assigned, scope.unit, "assigned"]
    : [property.default?.node, property.default?.unit ?? scope.unit, "default"];
  if (!node) return undefined;
  const expression = parseExpression(node, scope.model.report);
  const inner = unit === scope.unit ? scope : { ...scope, unit };
  return new Slot(`${noun} "${property.name}"`, owner, expression, property.schema, inner, origin);
}

/** Returns a slot that holds a value already. */
export function fixedSlot(label: string, value: Datum, scope: Scope): Slot {
  const slot = new Slot(label, undefined, undefined, value.schema, scope, "external");
  return Object.defineProperty(slot, "value", { value });
}
