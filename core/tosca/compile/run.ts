import { Float, type Json, type JsonObject, type Outcome, type Problem } from "../../base/mod.ts";
import type { Clout, Value } from "../../clout/mod.ts";
import type { ServiceTemplateDefinition } from "../read/service_template.ts";
import { Report } from "../report.ts";
import { Loader, type Unit } from "../resolve/closure.ts";
import { type CustomFunction, resolveFunction } from "../resolve/custom_function.ts";
import { Model } from "../resolve/model.ts";
import { resolveParameters } from "../resolve/parameters.ts";
import type { ProfileSource, SourceFiles } from "../resolve/source_files.ts";
import type { UnitCache } from "../resolve/unit_cache.ts";
import { checkService } from "./check_service.ts";
import { valueChecks } from "./check_types.ts";
import { checkUnits } from "./check_units.ts";
import { Instantiation, type ServiceParts } from "./instantiate.ts";
import { applySubstitutions, type Catalog, excusedBy } from "./substitution.ts";
import { readRelationshipTemplates, readTemplates } from "./templates.ts";
import { toClout } from "./to_clout.ts";

/** What is compiled. */
export interface CompileRequest {
  readonly files: SourceFiles;
  /** The path of the root file among `files`. */
  readonly entry: string;
  readonly profiles: readonly ProfileSource[];
  /** Service templates that may stand in for nodes with the directive `substitute`. */
  readonly substitutes?: readonly { readonly files: SourceFiles; readonly entry: string }[];
  /** What earlier runs of the same process have read and checked. */
  readonly cache?: UnitCache;
}

/** What is compiled, with values for its inputs. */
export interface CompileOptions extends CompileRequest {
  readonly inputs?: JsonObject;
}

/** What was found in a template, apart from problems. */
export interface ValidationSummary {
  readonly files: number;
  readonly nodes: number;
  readonly relationships: number;
  readonly hasServiceTemplate: boolean;
}

/**
 * Returns the graph of a service template with its inputs, and everything that is wrong; no graph where there are errors.
 *
 * The same files and inputs give the same graph, to the byte.
 */
export async function compile(options: CompileOptions): Promise<Outcome<Clout | undefined>> {
  const { service, unit, report } = await prepare(options);
  if (!service || !unit) return { value: undefined, problems: report.sorted() };
  const clout = toClout(service);
  service.model.runLater();
  checkUnused(unit, service.model);
  return { value: report.errorCount > 0 ? undefined : clout, problems: report.sorted() };
}

/** Makes the graph of a service template without writing it, for those who look at how its values came about. */
export async function instantiate(
  options: CompileOptions,
): Promise<{ readonly service: Instantiation | undefined; readonly problems: readonly Problem[] }> {
  const { service, report } = await prepare(options);
  return { service, problems: report.sorted() };
}

async function prepare(
  options: CompileOptions,
): Promise<{ service?: Instantiation; unit?: Unit; report: Report }> {
  const report = new Report();
  const loaded = await loadAll(options, report);
  if (!loaded) return { report };
  const { unit, model } = loaded;
  const { service_template: definition } = unit.definition;
  if (!definition) {
    if (report.errorCount === 0) reportNoTemplate(unit, report);
    return { report };
  }
  const parts = makeParts(model, unit, definition);
  checkService(parts);
  model.runLater();
  const service = new Instantiation(parts, {
    inputs: new Map(
      Object.entries(options.inputs ?? {}).map(([name, each]) => [name, jsonToValue(each)]),
    ),
    isLenient: false,
    excused: new Set(),
  });
  service.run();
  applySubstitutions(service, loaded.catalog);
  return { service, unit, report };
}

/**
 * Returns everything that is wrong with a file, its imports and its service template, as far as it can be told without
 * inputs, without nodes that exist elsewhere and without templates that may substitute.
 */
export async function validate(
  request: CompileRequest,
): Promise<Outcome<ValidationSummary | undefined>> {
  const report = new Report();
  const loaded = await loadAll(request, report);
  if (!loaded) return { value: undefined, problems: report.sorted() };
  const { unit, model, fileCount } = loaded;
  const { service_template: definition } = unit.definition;
  let nodes = 0;
  let relationships = 0;
  if (definition) {
    const parts = makeParts(model, unit, definition);
    checkService(parts);
    model.runLater();
    const service = new Instantiation(parts, {
      inputs: new Map(),
      isLenient: true,
      excused: excusedBy(parts),
    });
    service.run();
    applySubstitutions(service, loaded.catalog);
    toClout(service);
    for (const node of service.allNodes()) {
      nodes++;
      for (const edges of node.edges.values()) relationships += edges.length;
    }
  }
  model.runLater();
  checkUnused(unit, model);
  const value = {
    files: fileCount,
    nodes,
    relationships,
    hasServiceTemplate: Boolean(definition),
  };
  return { value, problems: report.sorted() };
}

/** Says which imports of a service template bring nothing that is used; files of types may import for others. */
function checkUnused({ imports, definition }: Unit, { names, report }: Model): void {
  if (!definition.service_template || report.errorCount > 0) return;
  for (const each of imports) {
    const { url, profile } = each.definition;
    if (names.isUsed(each)) continue;
    report.warn("TOSCA_IMPORT_UNUSED", (url ?? profile)!.node, {
      what: `Cannot see what the import of "${(url ?? profile)!.value}" is for`,
      why: "Nothing in this file uses a name that it brings",
      fix: "Remove the import",
    });
  }
}

interface Loaded {
  readonly unit: Unit;
  readonly fileCount: number;
  readonly model: Model;
  readonly catalog: Catalog;
}

async function loadAll(request: CompileRequest, report: Report): Promise<Loaded | undefined> {
  const loader = new Loader(report, request.profiles, request.cache);
  const unit = await loader.loadEntry(request.files, request.entry);
  const substitutes: Unit[] = [];
  for (const { files, entry } of request.substitutes ?? []) {
    const found = await loader.loadEntry(files, entry);
    if (found?.definition.service_template) substitutes.push(found);
  }
  if (!unit) return undefined;
  const model = new Model(report);
  model.checks = valueChecks(model);
  const current = checkUnits(model, loader.units, request.cache);
  const templates = substitutes.map((each) => current.get(each)!);
  return {
    unit: current.get(unit)!,
    fileCount: loader.units.length,
    model,
    catalog: { templates, makeParts },
  };
}

function makeParts(model: Model, unit: Unit, definition: ServiceTemplateDefinition): ServiceParts {
  const functions = new Map<string, CustomFunction>();
  for (const entry of definition.functions?.values() ?? []) {
    functions.set(
      entry.name,
      resolveFunction(model, unit, entry, model.function(unit, entry.name)),
    );
  }
  return {
    model,
    unit,
    definition,
    functions,
    templates: readTemplates(model, unit, definition.node_templates),
    relationshipTemplates: readRelationshipTemplates(
      model,
      unit,
      definition.relationship_templates,
    ),
    parameters: resolveParameters(model, unit, definition.inputs, {
      noun: "input",
      direction: "incoming",
      owner: "the service",
    }),
  };
}

function reportNoTemplate(unit: Unit, report: Report): void {
  report.error("TOSCA_KEYNAME_MISSING", unit.definition.at, {
    what: "Cannot compile a file without a service template",
    why: "It holds types alone, which other files import",
    fix: 'Compile a file with "service_template", or use validate',
  });
}

/** Returns an input as a value: whole numbers are integers. */
function jsonToValue(json: Json): Value {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : new Float(json);
  if (Array.isArray(json)) return json.map(jsonToValue);
  if (typeof json === "object" && json !== null) {
    return new Map(Object.entries(json).map(([key, each]) => [key, jsonToValue(each)]));
  }
  return json as Value;
}
