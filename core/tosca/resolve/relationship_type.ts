import type { RelationshipTypeDefinition } from "../read/relationship.ts";
import { type InterfaceSlot, resolveInterfaces } from "./interfaces.ts";
import type { NodeType } from "./node_type.ts";
import type { CapabilityType } from "./simple_types.ts";
import type { ValidTypes } from "./valid_types.ts";
import { ValuedType } from "./valued_type.ts";

/** A relationship type (TOSCA 2.0, section 7.3). */
export class RelationshipType extends ValuedType<RelationshipTypeDefinition> {
  #interfaces: ReadonlyMap<string, InterfaceSlot> | undefined;

  get interfaces(): ReadonlyMap<string, InterfaceSlot> {
    return this.#interfaces ??= resolveInterfaces(
      this.model,
      this.unit!,
      this.definition.interfaces,
      { inherited: this.above?.interfaces, owner: this.label },
    );
  }

  get validCapabilities(): ValidTypes<CapabilityType> | undefined {
    return this.validTypes("valid_capability_types", ["capability_types"]);
  }

  get validTargets(): ValidTypes<NodeType> | undefined {
    return this.validTypes("valid_target_node_types", ["node_types"]);
  }

  get validSources(): ValidTypes<NodeType> | undefined {
    return this.validTypes("valid_source_node_types", ["node_types"]);
  }
}
