import type { RelationshipTypeDefinition } from "../read/relationship.ts";
import { type InterfaceSlot, resolveInterfaces } from "./interfaces.ts";
import type { NodeType } from "./node_type.ts";
import { type Property, resolveAttributes, resolveProperties } from "./properties.ts";
import type { CapabilityType } from "./simple_types.ts";
import { TypeBase } from "./type_base.ts";
import { resolveValidTypes, type ValidTypes } from "./valid_types.ts";

/** A relationship type (TOSCA 2.0, section 7.3). */
export class RelationshipType extends TypeBase<RelationshipTypeDefinition> {
  #properties: ReadonlyMap<string, Property> | undefined;
  #attributes: ReadonlyMap<string, Property> | undefined;
  #interfaces: ReadonlyMap<string, InterfaceSlot> | undefined;
  #capabilities: { value: ValidTypes<CapabilityType> | undefined } | undefined;
  #targets: { value: ValidTypes<NodeType> | undefined } | undefined;
  #sources: { value: ValidTypes<NodeType> | undefined } | undefined;

  get #above(): RelationshipType | undefined {
    return this.parent as RelationshipType | undefined;
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

  get interfaces(): ReadonlyMap<string, InterfaceSlot> {
    return this.#interfaces ??= resolveInterfaces(
      this.model,
      this.unit!,
      this.definition.interfaces,
      { inherited: this.#above?.interfaces, owner: this.label },
    );
  }

  get validCapabilities(): ValidTypes<CapabilityType> | undefined {
    this.#capabilities ??= {
      value: resolveValidTypes<CapabilityType>(
        this.model,
        this.unit!,
        this.definition.valid_capability_types,
        {
          keyname: "valid_capability_types",
          owner: this.label,
          sections: ["capability_types"],
          inherited: this.#above?.validCapabilities,
        },
      ),
    };
    return this.#capabilities.value;
  }

  get validTargets(): ValidTypes<NodeType> | undefined {
    this.#targets ??= {
      value: this.#nodeTypes("valid_target_node_types", this.#above?.validTargets),
    };
    return this.#targets.value;
  }

  get validSources(): ValidTypes<NodeType> | undefined {
    this.#sources ??= {
      value: this.#nodeTypes("valid_source_node_types", this.#above?.validSources),
    };
    return this.#sources.value;
  }

  #nodeTypes(
    keyname: "valid_target_node_types" | "valid_source_node_types",
    inherited: ValidTypes<NodeType> | undefined,
  ): ValidTypes<NodeType> | undefined {
    return resolveValidTypes<NodeType>(this.model, this.unit!, this.definition[keyname], {
      keyname,
      owner: this.label,
      sections: ["node_types"],
      inherited,
    });
  }
}
