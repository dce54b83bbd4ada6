import { didYouMean } from "../../base/mod.ts";
import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { type AttributeDefinition, readAsLongAttribute } from "../read/attribute_definition.ts";
import { type Entries, type Entry, listed } from "../read/grammar.ts";
import { type PropertyDefinition, readAsLongProperty } from "../read/property_definition.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import type { Model } from "./model.ts";
import { resolveSchema, type Schema } from "./schema.ts";

/** A value with the file in whose names it speaks. */
export interface Sited {
  readonly node: YamlNode;
  readonly unit: Unit;
}

/** A property or attribute as it stands after all refinements (TOSCA 2.0, sections 9.4 and 9.7). */
export interface Property {
  readonly name: string;
  /** Where it was defined or refined last. */
  readonly key: YamlNode;
  /** What defines it: `node type "Server"`. */
  readonly owner: string;
  /** Nothing where the type is unknown, which was reported: values are then not looked at. */
  readonly schema: Schema | undefined;
  readonly isRequired: boolean;
  readonly default?: Sited;
  /** A value that nobody may change. */
  readonly fixed?: Sited;
  readonly metadata?: YamlNode;
}

export interface PropertiesOptions {
  readonly inherited?: ReadonlyMap<string, Property>;
  /** For messages: `node type "Server"`. */
  readonly owner: string;
  /** Where only refinements are allowed, what would have to define the property: `capability type "Host"`. */
  readonly refines?: string;
}

/** Returns properties, inherited ones first, with the refinements of `own`. */
export function resolveProperties(
  model: Model,
  unit: Unit,
  own: Entries<PropertyDefinition> | undefined,
  options: PropertiesOptions,
): ReadonlyMap<string, Property> {
  const properties = new Map(options.inherited);
  for (const entry of own?.values() ?? []) {
    const inherited = properties.get(entry.name);
    if (!inherited && options.refines !== undefined) {
      reportAddition(model, "property", entry, properties.keys(), options);
      continue;
    }
    const made = resolveProperty(model, unit, entry, inherited, options.owner);
    if (made) properties.set(entry.name, made);
  }
  return properties;
}

function resolveProperty(
  model: Model,
  unit: Unit,
  entry: Entry<PropertyDefinition>,
  inherited: Property | undefined,
  owner: string,
): Property | undefined {
  const { name, key } = entry;
  const label = `property "${name}" of ${owner}`;
  const shortValue = inherited && entry.value.isShort && mayBeValue(entry.value.at, inherited)
    ? entry.value.at
    : undefined;
  const definition = shortValue
    ? { at: entry.value.at, value: shortValue } as PropertyDefinition
    : readAsLongProperty(entry.value, model.report, label);
  if (!definition) return inherited ?? placeholder(entry, owner);
  if (inherited?.fixed && !isSameFixed(definition, inherited)) {
    reportFixed(model, key, label, inherited);
    return inherited;
  }
  if (!definition.type && !inherited) {
    reportNoType(model, entry, label, definition);
    return placeholder(entry, owner);
  }
  const parts = shortValue ? { at: key } : definition;
  const errorsBefore = model.report.errorCount;
  const schema = inherited && !inherited.schema && !definition.type
    ? undefined
    : resolveSchema(model, unit, parts, label, inherited?.schema);
  const isRequired = resolveRequired(model, definition, inherited, label);
  const fallback = resolveDefault(model, unit, definition, inherited, isRequired, label);
  const fixed = definition.value ? { node: definition.value, unit } : inherited?.fixed;
  const made: Property = {
    name,
    key,
    owner,
    schema,
    // What could not be read may have said that it is not required, or its default.
    isRequired: isRequired && !(definition.isPartial && !fallback),
    ...(fallback ? { default: fallback } : {}),
    ...(fixed ? { fixed } : {}),
    ...(definition.metadata ?? inherited?.metadata
      ? { metadata: definition.metadata ?? inherited?.metadata }
      : {}),
  };
  if (model.report.errorCount === errorsBefore) {
    checkDefaults(model, made, label, inherited, definition.validation ?? definition.type?.node);
  }
  return made;
}

/** Whether a body can be a value: a map that refines what is no map is a definition with a mistake. */
function mayBeValue(body: YamlNode, { schema }: Property): boolean {
  if (body.kind !== "map" || !schema || schema.type.base === "complex") return true;
  if (schema.type.base === "map") return true;
  return body.entries.some(({ key }) => stringOf(key)?.startsWith("$"));
}

/** Checks a property's default and fixed value against its type, once all types are known. */
function checkDefaults(
  model: Model,
  property: Property,
  label: string,
  inherited: Property | undefined,
  refinement: YamlNode | undefined,
): void {
  const { schema } = property;
  if (!schema) return;
  for (const sited of [property.default, property.fixed]) {
    if (!sited) continue;
    const isInherited = sited === inherited?.default || sited === inherited?.fixed;
    model.later(() =>
      isInherited && refinement
        ? checkInheritedDefault(model, sited, schema, label, refinement)
        : model.checkTypeValue(sited, schema, label)
    );
  }
}

/** A default that was right becomes wrong by a refinement: that is where the mistake is. */
function checkInheritedDefault(
  model: Model,
  sited: Sited,
  schema: Schema,
  label: string,
  refinement: YamlNode,
): void {
  if (model.report.hasErrorIn(sited.node)) return;
  const findings = model.report.apart(() => model.checkTypeValue(sited, schema, label));
  const found = findings.find(({ problem }) => problem.severity === "error")?.problem;
  if (!found) return;
  model.report.error(found.code, refinement, {
    what: `Cannot refine ${label} like this: its inherited default does not fit`,
    why: `The default ${
      sited.node.source.text.slice(sited.node.start, sited.node.end).trim()
    } is at ${placeOf(sited.node)}`,
    fix: 'Add a "default" that fits, or refine the property less',
  });
}

function resolveRequired(
  model: Model,
  definition: PropertyDefinition,
  inherited: Property | undefined,
  label: string,
): boolean {
  const written = definition.required;
  if (!written) return inherited?.isRequired ?? true;
  if (inherited?.isRequired && !written.value) {
    model.report.error("TOSCA_REQUIRED_REFINED", written.node, {
      what: `Cannot make ${label} optional: the refined definition requires it`,
      why: `It is required by ${inherited.owner} (${placeOf(inherited.key)})`,
      fix: 'Remove "required: false"; a refinement may only make an optional property required',
    });
    return true;
  }
  return written.value;
}

function resolveDefault(
  model: Model,
  unit: Unit,
  definition: PropertyDefinition,
  inherited: Property | undefined,
  isRequired: boolean,
  label: string,
): Sited | undefined {
  if (!definition.default) return isRequired ? inherited?.default : undefined;
  if (!isRequired) {
    const at = definition.default.site ?? definition.default;
    if (definition.value) {
      model.report.warn("TOSCA_DEFAULT_OPTIONAL", at, {
        what: `Cannot use the default of ${label}: its value is fixed`,
        why: "Whatever is required, it always has the fixed value",
        fix: 'Remove "default" and "required"',
      });
      return undefined;
    }
    model.report.error("TOSCA_DEFAULT_OPTIONAL", at, {
      what: `Cannot give ${label} a default: it is not required`,
      why: "A property that is not required stays undefined where nobody assigns it",
      fix: 'Remove "default", or remove "required: false"',
    });
    return undefined;
  }
  return { node: definition.default, unit };
}

/** Returns attributes, inherited ones first, with the refinements of `own`. */
export function resolveAttributes(
  model: Model,
  unit: Unit,
  own: Entries<AttributeDefinition> | undefined,
  options: PropertiesOptions & { readonly properties?: ReadonlyMap<string, Property> },
): ReadonlyMap<string, Property> {
  const attributes = new Map(options.inherited);
  for (const entry of own?.values() ?? []) {
    const inherited = attributes.get(entry.name) ?? options.properties?.get(entry.name);
    if (!inherited && options.refines !== undefined) {
      reportAddition(model, "attribute", entry, attributes.keys(), options);
      continue;
    }
    const made = resolveAttribute(model, unit, entry, inherited, options.owner);
    if (made) attributes.set(entry.name, made);
  }
  return attributes;
}

function resolveAttribute(
  model: Model,
  unit: Unit,
  entry: Entry<AttributeDefinition>,
  inherited: Property | undefined,
  owner: string,
): Property | undefined {
  const { name, key } = entry;
  const label = `attribute "${name}" of ${owner}`;
  const shortValue = inherited && entry.value.isShort ? entry.value.at : undefined;
  const definition = shortValue
    ? { at: entry.value.at, default: shortValue } as AttributeDefinition
    : readAsLongAttribute(entry.value, model.report, label);
  if (!definition) return inherited ?? placeholder(entry, owner);
  if (!definition.type && !inherited) {
    reportNoType(model, entry, label, definition);
    return placeholder(entry, owner);
  }
  const parts = shortValue ? { at: key } : definition;
  const errorsBefore = model.report.errorCount;
  const schema = resolveSchema(model, unit, parts, label, inherited?.schema);
  // A default of another type than the refined one follows from a refinement that is wrong.
  const isGood = model.report.errorCount === errorsBefore;
  const fallback = definition.default
    ? { node: definition.default, unit }
    : isGood
    ? inherited?.default
    : undefined;
  const made: Property = {
    name,
    key,
    owner,
    schema,
    isRequired: false,
    ...(fallback ? { default: fallback } : {}),
  };
  if (isGood) {
    checkDefaults(model, made, label, inherited, definition.validation ?? definition.type?.node);
  }
  return made;
}

/** Stands for a definition that is wrong and was reported, so that what uses it is not reported as well. */
function placeholder(entry: Entry<unknown>, owner: string): Property {
  return { name: entry.name, key: entry.key, owner, schema: undefined, isRequired: false };
}

function isSameFixed(definition: PropertyDefinition, inherited: Property): boolean {
  const text = (node: YamlNode) => node.source.text.slice(node.start, node.end).trim();
  return definition.value !== undefined && text(definition.value) === text(inherited.fixed!.node);
}

/** Reports that something fixed is refined or assigned. */
export function reportFixed(model: Model, at: YamlNode, label: string, fixed: Property): void {
  model.report.error("TOSCA_FIXED", at, {
    what: `Cannot change ${label}: its value is fixed`,
    why: `It is fixed by ${fixed.owner} (${placeOf(fixed.fixed?.node ?? fixed.key)})`,
    fix: "Remove it here; to let others assign it, make the fixed value a default",
  });
}

function reportNoType(
  model: Model,
  entry: Entry<unknown>,
  label: string,
  { at, isPartial }: { readonly at: YamlNode; readonly isPartial?: boolean },
): void {
  if (at.kind !== "map" || at.entry("type") || isPartial) return; // It was reported where it was read.
  model.report.error("TOSCA_KEYNAME_MISSING", entry.key, {
    what: `Cannot read ${label}: the mandatory keyname "type" is missing`,
    why: "It refines no inherited definition from which it could take its type",
    fix: 'Add "type"',
  });
}

function reportAddition(
  model: Model,
  noun: string,
  entry: Entry<unknown>,
  known: Iterable<string>,
  options: PropertiesOptions,
): void {
  const names = [...known];
  model.report.error("TOSCA_NOT_REFINING", entry.key, {
    what: `Cannot add the ${noun} "${entry.name}" in ${options.owner}`,
    why: `Only what ${options.refines} defines may be refined here: ${listed(names)}`,
    fix: didYouMean(entry.name, names) ?? `Define "${entry.name}" in ${options.refines}`,
  });
}
