import { assert } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import type { Entry } from "../read/grammar.ts";
import type { Text } from "../read/scalars.ts";
import type { Unit } from "./closure.ts";
import type { Model } from "./model.ts";
import { type Section, sections } from "./names.ts";

/** What all type definitions have. */
export interface TypeDefinition {
  readonly at: YamlNode;
  readonly derived_from?: Text;
  readonly version?: Text;
  readonly metadata?: YamlNode;
  readonly description?: Text;
  readonly interfaces?: ReadonlyMap<string, unknown>;
  readonly capabilities?: ReadonlyMap<string, unknown>;
}

/** A type of any kind: where it is defined, and from what it derives (TOSCA 2.0, section 6.4). */
export abstract class TypeBase<D extends TypeDefinition> {
  #model: Model | undefined;
  /** How many types there are on the way to the farthest ancestor, with this one. */
  depth = 1;

  constructor(
    model: Model | undefined,
    readonly section: Section,
    /** The file that defines it; nothing for built-in types. */
    readonly unit: Unit | undefined,
    readonly entry: Entry<D>,
    readonly parent: TypeBase<D> | undefined,
    /** Whether an ancestor could not be found: what it would have brought is unknown. */
    readonly isPartial: boolean,
  ) {
    this.#model = model;
  }

  /** The run that makes the type. */
  protected get model(): Model {
    assert(this.#model, `all of ${this.label} is worked out before it is sealed`);
    return this.#model;
  }

  /** Lets go of the run that made the type, once all of it is worked out: a value that later runs may use. */
  seal(): void {
    this.#model = undefined;
  }

  /** The parent, which is of the same kind. */
  protected get above(): this | undefined {
    return this.parent as this | undefined;
  }

  get name(): string {
    return this.entry.name;
  }

  get definition(): D {
    return this.entry.value;
  }

  /** Where the name stands; nothing for built-in types. */
  get key(): YamlNode | undefined {
    return this.unit && this.entry.key;
  }

  /** For messages: `node type "Server"`. */
  get label(): string {
    return `${sections[this.section]} "${this.name}"`;
  }

  /** `profile::Name`, or the name alone outside of profiles. */
  get fullName(): string {
    const profile = this.unit?.profile;
    return profile === undefined ? this.name : `${profile}::${this.name}`;
  }

  /** Full names of the type and its ancestors, nearest first. */
  get lineage(): readonly string[] {
    return this.#lineage ??= [this.fullName, ...this.parent?.lineage ?? []];
  }
  #lineage: readonly string[] | undefined;

  /** Whether this or an ancestor defines something under a keyname, be it wrong. */
  defines(keyname: "interfaces" | "capabilities", name: string): boolean {
    const written: TypeDefinition = this.definition;
    return written[keyname]?.has(name) || (this.parent?.defines(keyname, name) ?? false);
  }

  /** Whether this is `other` or derives from it: a matter of identity, not of content. */
  derivesFrom(other: TypeBase<D>): boolean {
    return this === other || (this.parent?.derivesFrom(other) ?? false);
  }
}
