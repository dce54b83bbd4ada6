/**
 * Small templates with what is to be said of them, worked out from the standard. A file holds many:
 *
 *     === valid: what is shown
 *     node_types: {}
 *     === problem TOSCA_KIND: one mistake, at the marked line
 *     node_types: #!
 *     --- other.yaml
 *     …another file that the first imports
 *
 * `warning` instead of `problem` where it is one. After a title: `(validate)` or `(compile)` alone, `(warns)` where a valid
 * template has warnings, `inputs={…}`. A text after `=== shared NAME` belongs to each case. The version line is added,
 * unless a text begins with `$RAW`.
 */
export interface Case {
  readonly kind: "valid" | "problem" | "warning";
  readonly title: string;
  readonly code: string | undefined;
  readonly files: ReadonlyMap<string, string>;
  /** Where the mistake is, as `file:line`; nothing where any place will do. */
  readonly place: string | undefined;
  readonly modes: readonly ("validate" | "compile")[];
  readonly warns: boolean;
  readonly inputs: { readonly [name: string]: string | number };
}

/** Reads the cases of a text. */
export function readCases(text: string): Case[] {
  const shared: [string, string][] = [];
  const cases: Case[] = [];
  for (const part of text.split(/^=== /m).slice(1)) {
    const end = part.indexOf("\n");
    const [head, body] = [part.slice(0, end), part.slice(end + 1)];
    const name = head.match(/^shared (\S+)/)?.[1];
    if (name) shared.push([name, withVersion(body)]);
    else cases.push(readCase(head, body, shared));
  }
  return cases;
}

function readCase(
  head: string,
  body: string,
  shared: readonly (readonly [string, string])[],
): Case {
  const [, kind, code, rest] = head.match(/^(valid|problem|warning)(?: ([A-Z_]+))?: (.*)$/)!;
  const [main, ...others] = body.split(/^--- (\S+)\n/m);
  const files = new Map([["main.yaml", withVersion(main)], ...shared]);
  for (let i = 0; i < others.length; i += 2) files.set(others[i], withVersion(others[i + 1]));
  const inputs = rest.match(/ inputs=(\{.*\})/);
  const only = rest.match(/ \((validate|compile)\)/)?.[1] as "validate" | "compile" | undefined;
  return {
    kind: kind as Case["kind"],
    title: rest.replace(/ \((validate|compile|warns)\)| inputs=.*/g, ""),
    code,
    files,
    place: placeOf(files),
    modes: only ? [only] : ["validate", "compile"],
    warns: rest.includes(" (warns)"),
    inputs: inputs ? JSON.parse(inputs[1]) : {},
  };
}

function withVersion(text: string): string {
  const raw = "$RAW\n";
  return text.startsWith(raw)
    ? text.slice(raw.length)
    : `tosca_definitions_version: tosca_2_0\n${text}`;
}

function placeOf(files: ReadonlyMap<string, string>): string | undefined {
  for (const [name, text] of files) {
    const line = text.split("\n").findIndex((each) => each.includes("#!"));
    if (line >= 0) return `${name}:${line + 1}`;
  }
}
