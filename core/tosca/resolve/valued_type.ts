import type { AttributeDefinition } from "../read/attribute_definition.ts";
import type { Entries } from "../read/grammar.ts";
import type { PropertyDefinition } from "../read/property_definition.ts";
import type { Text } from "../read/scalars.ts";
import type { AnyType, TypeSection } from "./model.ts";
import { type Property, resolveAttributes, resolveProperties } from "./properties.ts";
import { TypeBase, type TypeDefinition } from "./type_base.ts";
import { resolveValidTypes, type ValidTypes } from "./valid_types.ts";

/** What definitions of types with properties have. */
export interface PropertiedDefinition extends TypeDefinition {
  readonly properties?: Entries<PropertyDefinition>;
}

/** What definitions of types with properties and attributes have. */
export interface ValuedDefinition extends PropertiedDefinition {
  readonly attributes?: Entries<AttributeDefinition>;
}

/** A type whose instances have properties, and which may list the types that it goes with. */
export abstract class PropertiedType<D extends PropertiedDefinition> extends TypeBase<D> {
  #properties: ReadonlyMap<string, Property> | undefined;
  readonly #validTypes = new Map<string, ValidTypes | undefined>();

  /** Properties, inherited ones first. */
  get properties(): ReadonlyMap<string, Property> {
    return this.#properties ??= resolveProperties(
      this.model,
      this.unit!,
      this.definition.properties,
      { inherited: this.above?.properties, owner: this.label },
    );
  }

  /** Returns the types that are listed under a keyname, narrowed from the inherited list; nothing where all are admitted. */
  protected validTypes<T extends AnyType>(
    keyname: keyof D & string,
    sections: readonly TypeSection[],
  ): ValidTypes<T> | undefined {
    if (this.#validTypes.has(keyname)) {
      return this.#validTypes.get(keyname) as ValidTypes<T> | undefined;
    }
    const written = this.definition[keyname] as readonly Text[] | undefined;
    const made = resolveValidTypes<T>(this.model, this.unit!, written, {
      keyname,
      owner: this.label,
      sections,
      inherited: this.above?.validTypes<T>(keyname, sections),
    });
    this.#validTypes.set(keyname, made);
    return made;
  }
}

/** A type whose instances have properties and attributes. */
export abstract class ValuedType<D extends ValuedDefinition> extends PropertiedType<D> {
  #attributes: ReadonlyMap<string, Property> | undefined;

  /** Attributes, inherited ones first. */
  get attributes(): ReadonlyMap<string, Property> {
    return this.#attributes ??= resolveAttributes(
      this.model,
      this.unit!,
      this.definition.attributes,
      { inherited: this.above?.attributes, owner: this.label, properties: this.properties },
    );
  }
}
