import type { ArtifactTypeDefinition } from "../read/artifact.ts";
import type { CapabilityTypeDefinition } from "../read/capability.ts";
import type { Entry } from "../read/grammar.ts";
import type { GroupTypeDefinition } from "../read/group.ts";
import type { PolicyTypeDefinition, TriggerDefinition } from "../read/policy.ts";
import { placeOf } from "../report.ts";
import type { NodeType } from "./node_type.ts";
import type { RelationshipType } from "./relationship_type.ts";
import type { ValidTypes } from "./valid_types.ts";
import { PropertiedType, ValuedType } from "./valued_type.ts";

/** An artifact type (TOSCA 2.0, section 12.1). */
export class ArtifactType extends PropertiedType<ArtifactTypeDefinition> {}

/** A capability type (TOSCA 2.0, section 8.1). */
export class CapabilityType extends ValuedType<CapabilityTypeDefinition> {
  get validSources(): ValidTypes<NodeType> | undefined {
    return this.validTypes("valid_source_node_types", ["node_types"]);
  }

  get validRelationships(): ValidTypes<RelationshipType> | undefined {
    return this.validTypes("valid_relationship_types", ["relationship_types"]);
  }
}

/** A group type (TOSCA 2.0, section 16.1). */
export class GroupType extends ValuedType<GroupTypeDefinition> {
  get members(): ValidTypes<NodeType> | undefined {
    return this.validTypes("members", ["node_types"]);
  }
}

/** A policy type (TOSCA 2.0, section 16.3). */
export class PolicyType extends PropertiedType<PolicyTypeDefinition> {
  #triggers: ReadonlyMap<string, Entry<TriggerDefinition>> | undefined;

  get targets(): ValidTypes<NodeType | GroupType> | undefined {
    return this.validTypes("targets", ["node_types", "group_types"]);
  }

  /** Triggers, inherited ones first; an inherited one may not change. */
  get triggers(): ReadonlyMap<string, Entry<TriggerDefinition>> {
    if (this.#triggers) return this.#triggers;
    const triggers = new Map(this.above?.triggers);
    for (const entry of this.definition.triggers?.values() ?? []) {
      const inherited = triggers.get(entry.name);
      if (inherited && !isSameText(inherited, entry)) {
        this.model.report.error("TOSCA_TRIGGER", entry.key, {
          what: `Cannot change the inherited trigger "${entry.name}" in ${this.label}`,
          why: `It is defined at ${placeOf(inherited.key)}`,
          fix: "Give the new trigger another name",
        });
        continue;
      }
      triggers.set(entry.name, entry);
    }
    return this.#triggers = triggers;
  }
}

function isSameText(a: Entry<TriggerDefinition>, b: Entry<TriggerDefinition>): boolean {
  const text = ({ at }: TriggerDefinition) => at.source.text.slice(at.start, at.end).trim();
  return text(a.value) === text(b.value);
}
