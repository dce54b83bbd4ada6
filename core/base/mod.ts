/**
 * What every room speaks: problems and where they are, plain values, names and durations.
 *
 * Nothing here does input or output, and nothing here knows what an orchestrator is.
 */
export { assert, InvariantError, unreachable } from "./assert.ts";
export { mapAtOnce } from "./at_once.ts";
export { type ProblemCode, problemCodes } from "./codes/mod.ts";
export { formatDurationMs, parseDurationMs } from "./duration.ts";
export { formatEndpoint, parseEndpoint } from "./endpoint_text.ts";
export { Float } from "./float.ts";
export { compareStrings, type Json, type JsonObject, sameJson, stableJson } from "./json.ts";
export {
  commonNamespace,
  defaultNamespace,
  formatServiceRef,
  isDnsLabel,
  type ServiceRef,
} from "./names.ts";
export { didYouMean, nearest } from "./nearest.ts";
export {
  fail,
  formatProblem,
  hasErrors,
  type Outcome,
  type Problem,
  problem,
  ProblemError,
  type ProblemParts,
  type Severity,
  toProblem,
} from "./problem.ts";
export { RecentlyUsed, type RecentlyUsedBounds } from "./recently_used.ts";
export { visibleLine, visibleText } from "./visible_text.ts";
export { formatPosition, formatWhere, type SourcePosition, type Where } from "./where.ts";
export { whoGivesWay } from "./who_gives_way.ts";
