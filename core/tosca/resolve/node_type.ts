import type { YamlNode } from "../../yaml/mod.ts";
import type { ArtifactDefinition } from "../read/artifact.ts";
import type { Entry } from "../read/grammar.ts";
import type { NodeTypeDefinition } from "../read/node_type.ts";
import { placeOf } from "../report.ts";
import { type CapabilitySlot, resolveCapabilities } from "./capabilities.ts";
import type { Unit } from "./closure.ts";
import { type InterfaceSlot, resolveInterfaces } from "./interfaces.ts";
import { type Requirement, resolveRequirements } from "./requirements.ts";
import { ValuedType } from "./valued_type.ts";

/** An artifact definition with the file that its paths are relative to. */
export interface ArtifactSlot {
  readonly name: string;
  readonly key: YamlNode;
  readonly definition: ArtifactDefinition;
  readonly unit: Unit;
}

/** A node type (TOSCA 2.0, section 7.1). */
export class NodeType extends ValuedType<NodeTypeDefinition> {
  #capabilities: ReadonlyMap<string, CapabilitySlot> | undefined;
  #requirements: ReadonlyMap<string, Requirement> | undefined;
  #interfaces: ReadonlyMap<string, InterfaceSlot> | undefined;
  #artifacts: ReadonlyMap<string, ArtifactSlot> | undefined;

  get capabilities(): ReadonlyMap<string, CapabilitySlot> {
    return this.#capabilities ??= resolveCapabilities(
      this.model,
      this.unit!,
      this.definition.capabilities,
      { inherited: this.above?.capabilities, owner: this.label },
    );
  }

  get requirements(): ReadonlyMap<string, Requirement> {
    return this.#requirements ??= resolveRequirements(
      this.model,
      this.unit!,
      this.definition.requirements,
      { inherited: this.above?.requirements, owner: this },
    );
  }

  get interfaces(): ReadonlyMap<string, InterfaceSlot> {
    return this.#interfaces ??= resolveInterfaces(
      this.model,
      this.unit!,
      this.definition.interfaces,
      { inherited: this.above?.interfaces, owner: this.label },
    );
  }

  get artifacts(): ReadonlyMap<string, ArtifactSlot> {
    return this.#artifacts ??= resolveArtifacts(
      this.unit!,
      this.definition.artifacts?.values() ?? [],
      this.above?.artifacts,
    );
  }

  /** Where the type is defined, for messages. */
  get place(): string {
    return this.key ? placeOf(this.key) : "built in";
  }
}

/** Returns artifacts: an own one replaces the inherited one wholly. */
function resolveArtifacts(
  unit: Unit,
  own: Iterable<Entry<ArtifactDefinition>>,
  inherited: ReadonlyMap<string, ArtifactSlot> | undefined,
): ReadonlyMap<string, ArtifactSlot> {
  const artifacts = new Map(inherited);
  for (const { name, key, value } of own) {
    artifacts.set(name, { name, key, definition: value, unit });
  }
  return artifacts;
}
