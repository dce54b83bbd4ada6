import type { YamlNode } from "../../yaml/mod.ts";

/** A TOSCA Path as steps (TOSCA 2.0, section 10.3): from a node or relationship to another, or to a capability. */
export type PathStep =
  | { readonly kind: "self" }
  | { readonly kind: "template"; readonly name: string; readonly index: PathIndex }
  | { readonly kind: "requirement"; readonly name: string; readonly index: PathIndex }
  | { readonly kind: "capability"; readonly name: string }
  | { readonly kind: "incoming"; readonly index: PathIndex }
  | { readonly kind: "source" }
  | { readonly kind: "target" }
  | { readonly kind: "relationship capability" };

/** Which of several; `unknown` where it is computed and not known yet. */
export type PathIndex = bigint | "ALL" | "unknown";

/** One argument of a graph function, as far as it is known. */
export interface PathArgument {
  /** Nothing where it is computed and not known yet. */
  readonly content: string | bigint | undefined;
  readonly at: YamlNode | undefined;
}

export interface ParsedPath {
  readonly steps: readonly PathStep[];
  /** For each step, the argument that made it. */
  readonly sites: readonly number[];
  /** How many arguments the path takes; the rest is a name and what is nested in it. */
  readonly length: number;
  /** Where the path ends. */
  readonly end: "node" | "relationship" | "capability";
}

/** Why arguments are no path: at which of them, and what to write. */
export interface PathFault {
  readonly argument: number;
  readonly why: string;
  readonly fix?: string;
}

/** Returns the path that the first arguments of a graph function write. `self` is what `SELF` means there. */
export function parsePath(
  args: readonly PathArgument[],
  self: "node" | "relationship" | undefined,
): ParsedPath | PathFault {
  const parser = new PathParser(args);
  return parser.parse(self);
}

class PathParser {
  readonly #steps: PathStep[] = [];
  readonly #sites: number[] = [];
  #at = 0;
  #end: ParsedPath["end"] = "node";

  constructor(readonly args: readonly PathArgument[]) {}

  parse(self: "node" | "relationship" | undefined): ParsedPath | PathFault {
    const fault = this.#start(self);
    if (fault) return fault;
    for (;;) {
      const next = this.args[this.#at]?.content;
      const moved = this.#end === "node"
        ? this.#fromNode(next)
        : this.#end === "relationship"
        ? this.#fromRelationship(next)
        : this.#fromCapability(next);
      if (moved === false) break;
      if (moved !== true) return moved;
    }
    return { steps: this.#steps, sites: this.#sites, length: this.#at, end: this.#end };
  }

  #start(self: "node" | "relationship" | undefined): PathFault | undefined {
    const first = this.args[0]?.content;
    if (typeof first !== "string") {
      return { argument: 0, why: "A path begins with SELF or the name of a node template" };
    }
    if (first === "SELF") {
      if (!self) {
        return {
          argument: 0,
          why: "SELF means nothing here: this belongs to no node or relationship",
        };
      }
      this.#end = self;
      this.#push({ kind: "self" });
      return undefined;
    }
    if (first === "SOURCE" || first === "TARGET" || first === "HOST") {
      return {
        argument: 0,
        why: `A path does not begin with ${first} in TOSCA 2.0`,
        fix: first === "HOST"
          ? "Write [ SELF, RELATIONSHIP, host, TARGET, … ]"
          : `Write [ SELF, ${first}, … ]`,
      };
    }
    this.#push({ kind: "template", name: first, index: 0n });
    const index = this.#index();
    if (index !== undefined) this.#steps[0] = { kind: "template", name: first, index };
    return undefined;
  }

  #fromNode(next: PathArgument["content"]): boolean | PathFault {
    if (next === "RELATIONSHIP") {
      const name = this.args[this.#at + 1]?.content;
      if (typeof name !== "string") {
        return {
          argument: this.#at,
          why: "After a node, RELATIONSHIP is followed by a requirement's name",
        };
      }
      this.#at++;
      this.#push({ kind: "requirement", name, index: 0n });
      const index = this.#index();
      if (index !== undefined) {
        this.#steps[this.#steps.length - 1] = { kind: "requirement", name, index };
      }
      this.#end = "relationship";
      return true;
    }
    if (next === "CAPABILITY") {
      const name = this.args[this.#at + 1]?.content;
      if (typeof name !== "string") {
        return {
          argument: this.#at,
          why: "After a node, CAPABILITY is followed by a capability's name",
        };
      }
      this.#at++;
      this.#push({ kind: "capability", name });
      this.#end = "capability";
      return true;
    }
    if (next === "SOURCE" || next === "TARGET") {
      return {
        argument: this.#at,
        why: `${next} follows a relationship, and here is a node`,
        fix: `Write RELATIONSHIP, REQUIREMENT, ${next}`,
      };
    }
    return false;
  }

  #fromRelationship(next: PathArgument["content"]): boolean | PathFault {
    if (next === "SOURCE" || next === "TARGET") {
      this.#push({ kind: next === "SOURCE" ? "source" : "target" });
      this.#end = "node";
      return true;
    }
    if (next === "CAPABILITY") {
      this.#push({ kind: "relationship capability" });
      this.#end = "capability";
      return true;
    }
    if (next === "RELATIONSHIP") {
      return {
        argument: this.#at,
        why: "RELATIONSHIP follows a node or a capability, and here is a relationship",
        fix: "Write TARGET or SOURCE before it",
      };
    }
    return false;
  }

  #fromCapability(next: PathArgument["content"]): boolean | PathFault {
    if (next === "RELATIONSHIP") {
      this.#push({ kind: "incoming", index: 0n });
      const index = this.#index();
      if (index !== undefined) this.#steps[this.#steps.length - 1] = { kind: "incoming", index };
      this.#end = "relationship";
      return true;
    }
    if (next === "SOURCE" || next === "TARGET" || next === "CAPABILITY") {
      return {
        argument: this.#at,
        why: `${next} cannot follow a capability`,
        fix: "Write RELATIONSHIP before it",
      };
    }
    return false;
  }

  #push(step: PathStep): void {
    this.#steps.push(step);
    this.#sites.push(this.#at);
    this.#at++;
  }

  /** Takes an index, if one stands here: an integer, ALL, or a call that will give one. */
  #index(): PathIndex | undefined {
    const argument = this.args[this.#at];
    if (!argument || this.#at === this.args.length - 1 && argument.content === undefined) {
      return undefined;
    }
    const { content } = argument;
    if (content !== undefined && content !== "ALL" && typeof content !== "bigint") return undefined;
    this.#at++;
    return content === undefined ? "unknown" : content as PathIndex;
  }
}
