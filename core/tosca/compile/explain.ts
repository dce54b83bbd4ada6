import type { Outcome, SourcePosition } from "../../base/mod.ts";
import type { Value } from "../../clout/mod.ts";
import { positionOf } from "../../yaml/mod.ts";
import { toValue } from "../functions/datum.ts";
import { textOf } from "../functions/scope.ts";
import type { GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { type CompileOptions, instantiate } from "./run.ts";
import type { Origin, Slots } from "./slots.ts";
import { workflowsOf } from "./workflows_to_clout.ts";

/** Where one value of a node came from. */
export interface Explanation {
  /** `properties.port`, `capabilities.host.properties.slots`, `requirements.host[0].rank`. */
  readonly path: string;
  /** Nothing where it could not be evaluated. */
  readonly value: Value | undefined;
  readonly origin: Origin;
  /** Where it was written. */
  readonly position?: SourcePosition;
  /** As it was written, where that is not the value itself. */
  readonly expression?: string;
}

/** What is known of a node and the values that it has. */
export interface NodeExplanation {
  readonly id: string;
  readonly types: readonly string[];
  readonly values: readonly Explanation[];
}

/** Where the values of a template's nodes came from. */
export interface TemplateExplanation {
  /** Nothing where there is no such template. */
  readonly nodes: readonly NodeExplanation[] | undefined;
  /** The names of all templates. */
  readonly templates: readonly string[];
}

/** Returns, for each node of a template, where every value came from. */
export async function explain(
  options: CompileOptions,
  template: string,
): Promise<Outcome<TemplateExplanation>> {
  const { service, problems } = await instantiate(options);
  const nodes = service?.nodesOf(template);
  const steps = service ? stepsAt(service, template) : [];
  return {
    value: {
      nodes: nodes?.map((each) => explainNode(each, steps)),
      templates: [...service?.templates.keys() ?? []],
    },
    problems,
  };
}

/** Returns what steps of workflows do with the nodes of a template. */
function stepsAt(service: Instantiation, template: string): Explanation[] {
  const definitions = service.parts.definition.workflows;
  return workflowsOf(service.parts).flatMap(({ name, steps }) =>
    steps.filter(({ target }) => target === template).map((step) => {
      const key = definitions?.get(name)?.value.steps?.get(step.name)?.key;
      return {
        path: `workflows.${name}.${step.name}`,
        value: step.activities.map((each) => `${each.kind} ${each.name}`).join(", "),
        origin: "assigned" as const,
        ...(key ? { position: positionOf(key) } : {}),
      };
    })
  );
}

function explainNode(node: GraphNode, steps: readonly Explanation[]): NodeExplanation {
  const values = [
    ...explainSlots("properties", node.properties),
    ...explainSlots("attributes", node.attributes),
    ...[...node.capabilities.values()].flatMap((each) => [
      ...explainSlots(`capabilities.${each.name}.properties`, each.properties),
      ...explainSlots(`capabilities.${each.name}.attributes`, each.attributes),
    ]),
    ...[...node.edges].flatMap(([name, edges]) =>
      edges.flatMap((edge, index) => [
        ...explainSlots(`requirements.${name}[${index}].properties`, edge.properties),
        ...explainSlots(`requirements.${name}[${index}].allocation`, edge.allocation),
      ])
    ),
    ...steps,
  ];
  return { id: node.id, types: node.type.lineage, values };
}

function explainSlots(path: string, slots: Slots): Explanation[] {
  return [...slots].map(([name, slot]) => {
    const value = slot.value;
    const at = slot.expression?.at;
    return {
      path: `${path}.${name}`,
      value: value && toValue(value),
      origin: slot.origin,
      ...(at ? { position: positionOf(at) } : {}),
      ...(at && slot.expression?.kind !== "literal" ? { expression: textOf(at) } : {}),
    };
  });
}
