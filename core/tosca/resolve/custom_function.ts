import type { YamlNode } from "../../yaml/mod.ts";
import type { ImplementationDefinition } from "../read/artifact.ts";
import type { FunctionDefinition, SignatureDefinition } from "../read/function_definition.ts";
import type { Entry } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import type { Model } from "./model.ts";
import { resolveSchema, type Schema } from "./schema.ts";

/** A function that a template or profile defines (TOSCA 2.0, section 10.4). */
export interface CustomFunction {
  readonly name: string;
  readonly key: YamlNode;
  readonly signatures: readonly Signature[];
}

/** One way to call a function; the first that fits is taken. */
export interface Signature {
  readonly args: readonly (Schema | undefined)[];
  readonly optional: readonly (Schema | undefined)[];
  readonly isVariadic: boolean;
  /** Nothing where the result may be anything. */
  readonly result: Schema | undefined;
  readonly implementation?: { readonly definition: ImplementationDefinition; readonly unit: Unit };
}

/** Returns a function, refining `outer` where a service template defines it anew. */
export function resolveFunction(
  model: Model,
  unit: Unit,
  entry: Entry<FunctionDefinition>,
  outer?: CustomFunction,
): CustomFunction {
  const label = `function "${entry.name}"`;
  const written = entry.value.signatures;
  if (written && written.length === 0) {
    model.report.error("TOSCA_FUNCTION_DEFINITION", entry.key, {
      what: `Cannot call ${label}: it has no signatures`,
      why: "A function has at least one signature",
      fix: "Add a signature: - { arguments: [ … ], result: TYPE }",
    });
  }
  const signatures = (written ?? []).map((each, index) => {
    const known = outer?.signatures[index];
    if (known) return refineSignature(model, unit, each, known, label, outer!);
    return resolveSignature(model, unit, each, `signature ${index} of ${label}`);
  });
  return {
    name: entry.name,
    key: entry.key,
    signatures: [...signatures, ...outer?.signatures.slice(signatures.length) ?? []],
  };
}

function resolveSignature(
  model: Model,
  unit: Unit,
  definition: SignatureDefinition,
  label: string,
): Signature {
  const schemas = (list: SignatureDefinition["arguments"], noun: string) =>
    (list ?? []).map((each, index) =>
      resolveSchema(model, unit, each, `${noun} ${index} of ${label}`)
    );
  return {
    args: schemas(definition.arguments, "argument"),
    optional: schemas(definition.optional_arguments, "optional argument"),
    isVariadic: definition.variadic?.value ?? false,
    result: definition.result &&
      resolveSchema(model, unit, definition.result, `the result of ${label}`),
    ...(definition.implementation
      ? { implementation: { definition: definition.implementation, unit } }
      : {}),
  };
}

/** A service template may change how an outer function is done, not what it takes and gives. */
function refineSignature(
  model: Model,
  unit: Unit,
  definition: SignatureDefinition,
  known: Signature,
  label: string,
  outer: CustomFunction,
): Signature {
  const changed = (["arguments", "optional_arguments", "variadic", "result"] as const).find((
    each,
  ) => definition[each] !== undefined);
  if (changed) {
    const at = definition.at.kind === "map" ? definition.at.entry(changed)!.key : definition.at;
    model.report.error("TOSCA_FUNCTION_DEFINITION", at, {
      what: `Cannot change "${changed}" of ${label} inside a service template`,
      why: `The function is defined at ${
        placeOf(outer.key)
      }; here only its implementation may change`,
      fix: "Remove the keyname, or add a new signature at the end",
    });
  }
  return definition.implementation
    ? { ...known, implementation: { definition: definition.implementation, unit } }
    : known;
}
