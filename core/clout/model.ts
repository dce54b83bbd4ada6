import type { SourcePosition } from "../base/mod.ts";
import type { Value, ValueMap } from "./value.ts";

/**
 * A service as a graph: what a TOSCA service template compiles to.
 *
 * It is design, not placement: one vertex per node (a template with `count: 3` gives three), with values as far as they
 * are known. Which host runs what is the business of `plan/`.
 */
export interface Clout {
  readonly service: ServiceFacts;
  /** By id, in template order, then index order. */
  readonly vertexes: ReadonlyMap<string, Vertex>;
}

/** What belongs to the service as a whole. */
export interface ServiceFacts {
  readonly description?: string;
  readonly metadata: ValueMap;
  readonly inputs: ValueMap;
  /** Outputs may hold calls: they are evaluated anew as attributes arrive. */
  readonly outputs: ValueMap;
  readonly groups: readonly Group[];
  readonly policies: readonly Policy[];
  readonly workflows?: readonly Workflow[];
}

/** A TOSCA node. */
export interface Vertex {
  /** Stable: the template's name for a `count` of 1 (`web`), else with the index (`web[2]`). */
  readonly id: string;
  /** The node template's name. */
  readonly name: string;
  readonly index: number;
  /** How many nodes the template makes. */
  readonly count: number;
  /** The node's type and its ancestors, nearest first, as `profile::Name` (`org.khutulun:1.0::Process`). */
  readonly types: readonly string[];
  /** Metadata of the node's types (ancestors first) and of its template, later ones winning. */
  readonly metadata: ValueMap;
  readonly properties: ValueMap;
  /** First values: attributes declared or mirrored from properties. What is observed lives in the state. */
  readonly attributes: ValueMap;
  readonly capabilities: ReadonlyMap<string, Capability>;
  readonly artifacts: ReadonlyMap<string, Artifact>;
  readonly interfaces: ReadonlyMap<string, Interface>;
  /** Outgoing, in the order of the type's requirements, then of the template's assignments. */
  readonly edges: readonly Edge[];
  readonly substitution?: Substitution;
  readonly source?: SourcePosition;
}

/** What stands in for a node: such a node is realised by others and not by itself. */
export interface Substitution {
  /** The template that the inner service was made from. */
  readonly template: string;
  /**
   * The inner service. The ids of its vertexes begin with the node's id and a dot (`machine.disk`), so that they are
   * unique in the whole graph; its edges may lead to vertexes outside. Absent once its vertexes are among the others
   * (see `flatten`).
   */
  readonly service?: Clout;
  /** Which inner capability each mapped capability of the node is. */
  readonly capabilities: ReadonlyMap<
    string,
    { readonly vertex: string; readonly capability: string }
  >;
}

/** A TOSCA relationship: from the vertex that holds it to `target`. */
export interface Edge {
  /** The requirement's name. */
  readonly name: string;
  /** Among the relationships of this requirement. */
  readonly index: number;
  /** The relationship's type and its ancestors, as in `Vertex`. */
  readonly types: readonly string[];
  readonly metadata: ValueMap;
  /** A vertex id. */
  readonly target: string;
  /** The target's capability. */
  readonly capability: string;
  readonly properties: ValueMap;
  readonly attributes: ValueMap;
  readonly interfaces: ReadonlyMap<string, Interface>;
  /** What the relationship takes of the capability's properties (TOSCA 2.0, section 8.5.5). */
  readonly allocation: ValueMap;
  /**
   * The node filter that chose the target, where it needs what is known only at run time: an expression that is to be
   * true. It is evaluated anew as attributes arrive.
   */
  readonly filter?: Value;
  readonly source?: SourcePosition;
}

export interface Capability {
  readonly types: readonly string[];
  readonly properties: ValueMap;
  readonly attributes: ValueMap;
}

/** A file that came with the template. */
export interface Artifact {
  readonly types: readonly string[];
  /** Path inside the package, or a URL. */
  readonly file: string;
  readonly properties: ValueMap;
  readonly checksum?: { readonly algorithm: string; readonly value: string };
}

export interface Interface {
  readonly types: readonly string[];
  readonly operations: ReadonlyMap<string, Operation>;
}

export interface Operation {
  /** Artifact names or package paths: what runs, then what it needs. */
  readonly implementation?: { readonly primary?: string; readonly dependencies: readonly string[] };
  readonly inputs: ValueMap;
}

export interface Group {
  readonly name: string;
  readonly types: readonly string[];
  readonly properties: ValueMap;
  /** Node template names. */
  readonly members: readonly string[];
}

export interface Policy {
  readonly name: string;
  readonly types: readonly string[];
  readonly properties: ValueMap;
  /** Node template or group names. */
  readonly targets: readonly string[];
  readonly triggers?: readonly Trigger[];
  readonly source?: SourcePosition;
}

/**
 * A workflow (TOSCA 2.0, section 13). Calls in it are as they were written: they are evaluated when it runs, with the
 * target of the step as `SELF`.
 */
export interface Workflow {
  readonly name: string;
  readonly description?: string;
  /** Values of its inputs where nothing else is given; null where there is none. */
  readonly inputs: ValueMap;
  readonly precondition?: Value;
  readonly steps: readonly WorkflowStep[];
  /** An artifact's name or a package path, where it is done from outside and not by steps. */
  readonly implementation?: string;
}

export interface WorkflowStep {
  readonly name: string;
  /** A node template or a group. */
  readonly target: string;
  /** The target's requirement whose relationships are meant. */
  readonly requirement?: string;
  readonly filter?: Value;
  readonly activities: readonly Activity[];
  readonly onSuccess: readonly string[];
  readonly onFailure: readonly string[];
}

/** One thing that a workflow does; `name` is that of a workflow, a state, or `interface.operation`. */
export interface Activity {
  readonly kind: "delegate" | "inline" | "set_state" | "call_operation";
  readonly name: string;
  readonly inputs: ValueMap;
}

/** What a policy does at an event. */
export interface Trigger {
  readonly name: string;
  readonly event: string;
  readonly condition?: Value;
  readonly action: readonly Activity[];
}
