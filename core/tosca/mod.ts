/**
 * The TOSCA 2.0 processor (OASIS Standard, July 2025): from files to a graph, with everything that is wrong on the way.
 *
 * Four phases, each a folder: `read/` knows the grammar and nothing of names; `resolve/` finds what names mean and makes
 * types; `functions/` judges and evaluates values; `compile/` makes nodes and relationships and writes the Clout.
 * It runs nothing and knows nothing of hosts. A fault is reported once, at its cause, and never stops the run.
 *
 *     const { value, problems } = await compile({ files, entry: "shop.yaml", profiles, inputs: { replicas: 3 } });
 */
export {
  compile,
  type CompileOptions,
  type CompileRequest,
  validate,
  type ValidationSummary,
} from "./compile/run.ts";
export {
  explain,
  type Explanation,
  type NodeExplanation,
  type TemplateExplanation,
} from "./compile/explain.ts";
export {
  type ArchiveMember,
  type ArchiveSource,
  openArchive,
  openArchiveFrom,
  type OpenedArchive,
  openFolder,
  otherDefinitions,
  unpackArchive,
} from "./csar/mod.ts";
export { type AttributeSource, evaluateValue, type Evaluation } from "./functions/runtime.ts";
export {
  fetchedPath,
  findProfiles,
  memoryFiles,
  type ProfileSource,
  type SourceFiles,
} from "./resolve/source_files.ts";
export { UnitCache, type UnitCacheOptions } from "./resolve/unit_cache.ts";
export { toDot, toMermaid } from "./show/dot.ts";
export { toPucciniClout } from "./show/puccini.ts";
export { toSvg } from "./show/svg.ts";
