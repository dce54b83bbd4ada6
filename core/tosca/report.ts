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

/** Where an error was reported. */
interface Site {
  readonly file: string;
  readonly start: number;
}

/** A problem with what tells whether it was reported already. */
interface Noted {
  readonly problem: Problem;
  /** Equal for equal findings at one place; nothing where each is reported. */
  readonly key?: string;
  readonly site?: Site;
}

/** What was found in one part of the work. It can be reported again, in a later run as well. */
export type Findings = readonly Noted[];

/** What has been noted so far, of a run or of a part of it. */
class Page {
  readonly noted: Noted[] = [];
  readonly seen = new Set<string>();
  readonly sites: Site[] = [];
  errorCount = 0;

  /** Notes a problem. Whoever gives a key has looked that it is not there yet. */
  note(made: Noted): void {
    this.noted.push(made);
    if (made.key !== undefined) this.seen.add(made.key);
    if (made.problem.severity === "error") this.errorCount++;
    if (made.site) this.sites.push(made.site);
  }
}

/**
 * Collects what is found wrong in one run.
 *
 * A fault is reported once at its cause: whoever meets a value that is `undefined` because it could not be read says
 * nothing. Equal findings at one place are one problem.
 */
export class Report {
  #page = new Page();
  /** Errors that were found in a file by looking at that file alone: those that may silence what is said apart. */
  readonly #sitesAtHome: Site[] = [];
  #isApart = false;
  readonly #roots = new Map<string, YamlNode>();
  readonly #fileOrder = new Map<string, number>();
  #isMuted = false;

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
    this.#page.note({ problem: found });
  }

  /**
   * Runs a part of the work and returns what it reports, without reporting it: as if nothing had been reported before, but
   * for errors that were found in a file itself. So the answer depends on the part alone.
   */
  apart(run: () => void): Findings {
    const outer = this.#page;
    const wasApart = this.#isApart;
    this.#page = new Page();
    this.#isApart = true;
    try {
      run();
      return this.#page.noted;
    } finally {
      this.#page = outer;
      this.#isApart = wasApart;
    }
  }

  /** Reports what a part of the work has found, as far as it was not reported before. `isHome` tells the files that it looked at. */
  include(findings: Findings, isHome: (file: string) => boolean): void {
    for (const each of findings) {
      if (each.site && isHome(each.site.file)) this.#sitesAtHome.push(each.site);
      if (each.key === undefined || !this.#page.seen.has(each.key)) this.#page.note(each);
    }
  }

  /** Whether an error was reported inside of a value: whoever meets it again says nothing. */
  hasErrorIn(node: YamlNode): boolean {
    // A value that is not there has a place and no length.
    const isInside = ({ file, start }: Site) =>
      file === node.source.file && start >= node.start &&
      start < Math.max(node.end, node.start + 1);
    return this.#page.sites.some(isInside) || this.#isApart && this.#sitesAtHome.some(isInside);
  }

  get errorCount(): number {
    return this.#page.errorCount;
  }

  /** Returns all problems: files in the order in which they were met, then by line and column. */
  sorted(): Problem[] {
    const order = (each: Problem) =>
      this.#fileOrder.get(each.where?.position?.file ?? "") ?? this.#fileOrder.size;
    return this.#page.noted.map((each) => each.problem).sort((a, b) => {
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
    if (this.#page.seen.has(key)) return;
    const root = this.#roots.get(at.source.file);
    const path = root && pathTo(root, at);
    const why = at.alias
      ? `${
        finding.why ? `${finding.why}; ` : ""
      }the value was taken by alias "*${at.alias.name}" at ${placeOf(at.alias)}`
      : finding.why;
    const fix = finding.fix ?? usualFixes[code];
    const made = problem(code, {
      severity,
      what: finding.what,
      where: { position: positionOf(at), ...(path ? { path } : {}) },
      ...(why ? { why } : {}),
      ...(fix ? { fix } : {}),
    });
    const site = { file: at.source.file, start: at.start };
    this.#page.note({ problem: made, key, ...(severity === "error" ? { site } : {}) });
  }
}

/** What to do about a problem where the check that found it knows nothing better. */
const usualFixes: Partial<Record<ProblemCode, string>> = {
  TOSCA_ARGUMENTS: "Give such a value; values are not converted",
  TOSCA_COPY: "Name another template, or remove the keyname",
  TOSCA_DIRECTIVE: "Write one of those that there are, or remove it",
  TOSCA_EVALUATION: "Change the arguments, or give the call a value that always has a result",
  TOSCA_INPUT: "Change the value or the definition of the input",
  TOSCA_PATH: "Lead the path to something that is there",
  TOSCA_SCALAR_TYPE: "Change the keynames of the data type so that they fit together",
  TOSCA_SUBSTITUTION: "Map it to something that is there and fits, or remove the mapping",
  TOSCA_TARGET: "Name something that fits, or change the definition of the requirement",
  TOSCA_WORKFLOW: "Name something that is there, or remove it",
};

/** Codes of which a place has one: what is said there a second time differs only in who looks at the value. */
const oncePerPlace: ReadonlySet<ProblemCode> = new Set([
  "TOSCA_VALUE_TYPE",
  "TOSCA_VALIDATION",
  "TOSCA_UNDEFINED",
  "TOSCA_TYPE_UNKNOWN",
  "TOSCA_ARGUMENTS",
  // What merge keys and aliases bring is read once for each that takes it.
  "TOSCA_KEYNAME_UNKNOWN",
  "TOSCA_KEYNAME_DRAFT",
  "TOSCA_KIND",
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
