import type { JsonObject, Outcome } from "../../base/mod.ts";
import type { Clout, Value } from "../../clout/mod.ts";
import type { EvaluationPlace } from "../items/items.ts";
import type { SubstituteFiles } from "./substitutes.ts";
import type { PackageFiles } from "./upload.ts";
import type { Evaluation } from "../items/values.ts";

/** Files that a template may import as a profile. */
export interface ProfileFiles {
  readonly package: string;
  readonly files: PackageFiles;
}

/** What the agent needs of the language in which services are written. It is loaded when it is first needed. */
export interface Language {
  compile(
    template: {
      readonly files: PackageFiles;
      readonly entry: string;
      readonly inputs: JsonObject;
      readonly profiles: readonly ProfileFiles[];
      /** Templates that may stand in for nodes, besides those of the files themselves. */
      readonly substitutes?: readonly SubstituteFiles[];
    },
  ): Promise<Outcome<Clout | undefined>>;
  /** Checks files that are to be registered, without inputs. */
  validate(
    template: {
      readonly files: PackageFiles;
      readonly entry: string;
      readonly profiles: readonly ProfileFiles[];
    },
  ): Promise<Outcome<unknown>>;
  /** Loads what `evaluate` needs: it is called before. */
  load(): Promise<void>;
  /** Evaluates what the compiler left for run time. */
  evaluate(value: Value, place: EvaluationPlace): Evaluation;
}
