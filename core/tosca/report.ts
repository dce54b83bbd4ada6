import { compareStrings, type Problem, problem, type ProblemCode } from "../base/mod.ts";
import { positionOf, stringOf, type YamlNode } from "../yaml/mod.ts";

/** The parts of a problem that a check writes. */
export interface Finding {
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
  /** What it is about, where several who look at one place say it in different words: it is said once. */
  readonly topic?: string;
}

/**
 * Collects what is found wrong in one run.
 *
 * A fault is reported once at its cause: whoever meets a value that is `undefined` because it could not be read says
 * nothing. Equal findings at one place are one problem.
 */
export class Report {
  readonly #problems: Problem[] = [];
  readonly #seen = new Set<string>();
  readonly #roots = new Map<string, YamlNode>();
  readonly #fileOrder = new Map<string, number>();
  readonly #sites: { readonly file: string; readonly start: number }[] = [];
  #isMuted = false;
  #errorCount = 0;

  /** Tells the report of a file's tree, from which it finds the paths of elements. */
  addFile(file: string, root: YamlNode | undefined): void {
    if (!this.#fileOrder.has(file)) this.#fileOrder.set(file, this.#fileOrder.size);
    if (root) this.#roots.set(file, root);
  }

  /** Runs something whose failure is an answer, not a problem: nothing that it reports is kept. */
  quietly<T>(run: () => T): T {
    return this.#withMute(true, run);
  }

  /** Runs something whose problems are to be kept, even inside of `quietly`. */
  aloud<T>(run: () => T): T {
    return this.#withMute(false, run);
  }

  #withMute<T>(isMuted: boolean, run: () => T): T {
    const before = this.#isMuted;
    this.#isMuted = isMuted;
    try {
      return run();
    } finally {
      this.#isMuted = before;
    }
  }

  error(code: ProblemCode, at: YamlNode, finding: Finding): void {
    this.#add(code, "error", at, finding);
  }

  warn(code: ProblemCode, at: YamlNode, finding: Finding): void {
    this.#add(code, "warning", at, finding);
  }

  add(found: Problem): void {
    this.#problems.push(found);
    if (found.severity === "error") this.#errorCount++;
  }

  /** Whether an error was reported inside of a value: whoever meets it again says nothing. */
  hasErrorIn(node: YamlNode): boolean {
    return this.#sites.some(({ file, start }) =>
      file === node.source.file && start >= node.start && start < node.end
    );
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  /** Returns all problems: files in the order in which they were met, then by line and column. */
  sorted(): Problem[] {
    const order = (each: Problem) =>
      this.#fileOrder.get(each.where?.position?.file ?? "") ?? this.#fileOrder.size;
    return [...this.#problems].sort((a, b) => {
      const [p, q] = [a.where?.position, b.where?.position];
      return order(a) - order(b) || (p?.line ?? 0) - (q?.line ?? 0) ||
        (p?.column ?? 0) - (q?.column ?? 0) || compareStrings(a.what, b.what);
    });
  }

  #add(code: ProblemCode, severity: "error" | "warning", at: YamlNode, finding: Finding): void {
    if (this.#isMuted) return;
    // A value that was judged once at its place is judged again for each node that it makes.
    const key = `${code}\n${at.source.file}\n${at.start}\n${
      oncePerPlace.has(code) ? "" : finding.topic ?? finding.what
    }`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (severity === "error") {
      this.#errorCount++;
      this.#sites.push({ file: at.source.file, start: at.start });
    }
    const root = this.#roots.get(at.source.file);
    const path = root && pathTo(root, at);
    const why = at.alias
      ? `${
        finding.why ? `${finding.why}; ` : ""
      }the value was taken by alias "*${at.alias.name}" at ${placeOf(at.alias)}`
      : finding.why;
    this.#problems.push(
      problem(code, {
        severity,
        what: finding.what,
        where: { position: positionOf(at), ...(path ? { path } : {}) },
        ...(why ? { why } : {}),
        ...(finding.fix ? { fix: finding.fix } : {}),
      }),
    );
  }
}

/** Codes of which a place has one: what is said there a second time differs only in who looks at the value. */
const oncePerPlace: ReadonlySet<ProblemCode> = new Set([
  "TOSCA_VALUE_TYPE",
  "TOSCA_VALIDATION",
  "TOSCA_UNDEFINED",
  "TOSCA_TYPE_UNKNOWN",
  "TOSCA_ARGUMENTS",
]);

/** Returns a node's place as `file:line:column`, for use inside a sentence. */
export function placeOf(node: Pick<YamlNode, "source" | "start" | "end">): string {
  const { file, line, column } = node.source.position(node.start, node.end);
  return `${file}:${line}:${column}`;
}

/** Returns the path of an element inside its file: `node_templates.web.requirements[0].host`. */
function pathTo(root: YamlNode, target: YamlNode): string | undefined {
  let path = "";
  let node = root;
  for (;;) {
    if (node.kind === "scalar") return path;
    const next = step(node, target);
    if (!next) return path;
    path += path === "" ? next.text.replace(/^\./, "") : next.text;
    node = next.node;
  }
}

function step(node: YamlNode, target: YamlNode): { text: string; node: YamlNode } | undefined {
  const holds = (each: YamlNode) =>
    each.source === target.source && each.start <= target.start && target.start < each.end;
  if (node.kind === "list") {
    const index = node.items.findIndex(holds);
    return index < 0 ? undefined : { text: `[${index}]`, node: node.items[index] };
  }
  if (node.kind !== "map") return undefined;
  for (const { key, value } of node.entries) {
    const text = `.${stringOf(key) ?? "?"}`;
    if (holds(key)) return { text, node: key };
    if (holds(value)) return { text, node: value };
  }
}
