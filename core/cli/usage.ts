/** What a command takes, as far as its usage says it. */
export interface UsageParameters {
  readonly flags?: Readonly<Record<string, UsageFlag>>;
  readonly positional?:
    | { readonly kind: "tuple"; readonly parameters: readonly UsagePositional[] }
    | { readonly kind: "array"; readonly minimum?: number; readonly parameter: UsagePositional };
}

interface UsageFlag {
  readonly kind: string;
  readonly optional?: boolean;
  readonly default?: unknown;
  readonly placeholder?: string;
}

interface UsagePositional {
  readonly placeholder?: string;
  readonly optional?: boolean;
}

/**
 * Returns what is typed after the name of a command, as `NAME [INSTANCE]`: all arguments, and the options that it cannot do
 * without.
 */
export function usageOf({ flags = {}, positional }: UsageParameters): string {
  const required = Object.entries(flags)
    .filter(([, flag]) => !flag.optional && flag.default === undefined)
    .map(([name, { kind, placeholder }]) =>
      kind === "boolean" ? `--${name}` : `--${name} ${placeholder ?? "VALUE"}`
    );
  return [...required, ...argumentsOf(positional)].join(" ");
}

function argumentsOf(positional: UsageParameters["positional"]): string[] {
  if (positional === undefined) return [];
  if (positional.kind === "tuple") {
    return positional.parameters.map(({ placeholder = "WORD", optional }) =>
      optional ? `[${placeholder}]` : placeholder
    );
  }
  const { minimum = 0, parameter: { placeholder = "WORD" } } = positional;
  return [minimum > 0 ? `${placeholder}...` : `[${placeholder}...]`];
}
