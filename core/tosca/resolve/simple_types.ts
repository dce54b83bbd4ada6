import type { ArtifactTypeDefinition } from "../read/artifact.ts";
import type { CapabilityTypeDefinition } from "../read/capability.ts";
import type { GroupTypeDefinition } from "../read/group.ts";
import type { PolicyTypeDefinition, TriggerDefinition } from "../read/policy.ts";
import { placeOf } from "../report.ts";
import type { Entry } from "../read/grammar.ts";
import type { NodeType } from "./node_type.ts";
import { type Property, resolveAttributes, resolveProperties } from "./properties.ts";
import type { RelationshipType } from "./relationship_type.ts";
import { TypeBase } from "./type_base.ts";
import { resolveValidTypes, type ValidTypes } from "./valid_types.ts";

/** An artifact type (TOSCA 2.0, section 12.1). */
export class ArtifactType extends TypeBase<ArtifactTypeDefinition> {
  #properties: ReadonlyMap<string, Property> | undefined;

  get properties(): ReadonlyMap<string, Property> {
    return this.#properties ??= resolveProperties(
      this.model,
      this.unit!,
      this.definition.properties,
      { inherited: (this.parent as ArtifactType | undefined)?.properties, owner: this.label },
    );
  }
}

/** A capability type (TOSCA 2.0, section 8.1). */
export class CapabilityType extends TypeBase<CapabilityTypeDefinition> {
  #properties: ReadonlyMap<string, Property> | undefined;
  #attributes: ReadonlyMap<string, Property> | undefined;
  #sources: { value: ValidTypes<NodeType> | undefined } | undefined;
  #relationships: { value: ValidTypes<RelationshipType> | undefined } | undefined;

  get #above(): CapabilityType | undefined {
    return this.parent as CapabilityType | undefined;
  }

  get properties(): ReadonlyMap<string, Property> {
    return this.#properties ??= resolveProperties(
      this.model,
      this.unit!,
      this.definition.properties,
      { inherited: this.#above?.properties, owner: this.label },
    );
  }

  get attributes(): ReadonlyMap<string, Property> {
    return this.#attributes ??= resolveAttributes(
      this.model,
      this.unit!,
      this.definition.attributes,
      { inherited: this.#above?.attributes, owner: this.label, properties: this.properties },
    );
  }

  get validSources(): ValidTypes<NodeType> | undefined {
    this.#sources ??= {
      value: resolveValidTypes<NodeType>(
        this.model,
        this.unit!,
        this.definition.valid_source_node_types,
        {
          keyname: "valid_source_node_types",
          owner: this.label,
          sections: ["node_types"],
          inherited: this.#above?.validSources,
        },
      ),
    };
    return this.#sources.value;
  }

  get validRelationships(): ValidTypes<RelationshipType> | undefined {
    this.#relationships ??= {
      value: resolveValidTypes<RelationshipType>(
        this.model,
        this.unit!,
        this.definition.valid_relationship_types,
        {
          keyname: "valid_relationship_types",
          owner: this.label,
          sections: ["relationship_types"],
          inherited: this.#above?.validRelationships,
        },
      ),
    };
    return this.#relationships.value;
  }
}

/** A group type (TOSCA 2.0, section 16.1). */
export class GroupType extends TypeBase<GroupTypeDefinition> {
  #properties: ReadonlyMap<string, Property> | undefined;
  #attributes: ReadonlyMap<string, Property> | undefined;
  #members: { value: ValidTypes<NodeType> | undefined } | undefined;

  get #above(): GroupType | undefined {
    return this.parent as GroupType | undefined;
  }

  get properties(): ReadonlyMap<string, Property> {
    return this.#properties ??= resolveProperties(
      this.model,
      this.unit!,
      this.definition.properties,
      { inherited: this.#above?.properties, owner: this.label },
    );
  }

  get attributes(): ReadonlyMap<string, Property> {
    return this.#attributes ??= resolveAttributes(
      this.model,
      this.unit!,
      this.definition.attributes,
      { inherited: this.#above?.attributes, owner: this.label, properties: this.properties },
    );
  }

  get members(): ValidTypes<NodeType> | undefined {
    this.#members ??= {
      value: resolveValidTypes<NodeType>(this.model, this.unit!, this.definition.members, {
        keyname: "members",
        owner: this.label,
        sections: ["node_types"],
        inherited: this.#above?.members,
      }),
    };
    return this.#members.value;
  }
}

/** A policy type (TOSCA 2.0, section 16.3). */
export class PolicyType extends TypeBase<PolicyTypeDefinition> {
  #properties: ReadonlyMap<string, Property> | undefined;
  #targets: { value: ValidTypes<NodeType | GroupType> | undefined } | undefined;
  #triggers: ReadonlyMap<string, Entry<TriggerDefinition>> | undefined;

  get #above(): PolicyType | undefined {
    return this.parent as PolicyType | undefined;
  }

  get properties(): ReadonlyMap<string, Property> {
    return this.#properties ??= resolveProperties(
      this.model,
      this.unit!,
      this.definition.properties,
      { inherited: this.#above?.properties, owner: this.label },
    );
  }

  get targets(): ValidTypes<NodeType | GroupType> | undefined {
    this.#targets ??= {
      value: resolveValidTypes<NodeType | GroupType>(
        this.model,
        this.unit!,
        this.definition.targets,
        {
          keyname: "targets",
          owner: this.label,
          sections: ["node_types", "group_types"],
          inherited: this.#above?.targets,
        },
      ),
    };
    return this.#targets.value;
  }

  /** Triggers, inherited ones first; an inherited one may not change. */
  get triggers(): ReadonlyMap<string, Entry<TriggerDefinition>> {
    if (this.#triggers) return this.#triggers;
    const triggers = new Map(this.#above?.triggers);
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
