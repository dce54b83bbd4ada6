import { compareStrings, type JsonObject, type ServiceRef } from "../../base/mod.ts";
import { type Artifact, type Clout, hasType, type Value } from "../../clout/mod.ts";
import { dependencyType, type Instance, type ResourceId, ruledProperties } from "../../plan/mod.ts";
import type { HostFacts, Item, ItemArtifact, Relation, SeenInstance } from "../../plugin/mod.ts";
import type { PinnedPlugin, Realisers } from "./realisers.ts";
import { evaluateAll, type Evaluation, type KnownValues } from "./values.ts";
import { secretPath, secretsOf } from "../trust/secret_files.ts";
import { type Link, placeOf, wire, type Wiring } from "./wiring.ts";

/** All that items are made from: one service as it is wanted, and what is known of it so far. */
export interface Scene {
  readonly ref: ServiceRef;
  readonly clout: Clout;
  readonly instances: readonly Instance[];
  /** Address of each host, by id. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Observed or foreseen attributes, by item id, on whichever host. */
  readonly attributes: ReadonlyMap<string, JsonObject>;
  /** What the ledger of the host that items are made for says, by item id. */
  readonly owned: ReadonlyMap<string, readonly string[]>;
  readonly realisers: Realisers;
  /** A file of the service's package; nothing where there is no such file. */
  readonly artifact: (
    file: string,
  ) => { readonly path: string; readonly digest: string } | undefined;
  readonly evaluate: Evaluate;
  /** The name for whatever is made of an item (see `Item.name`). */
  readonly nameOf: (item: string) => string;
}

/** Evaluates a value as it stands in an instance's node, or in one of its relationships. */
export type Evaluate = (value: Value, place: EvaluationPlace) => Evaluation;

/** Where a value stands, and what can be seen from there. */
export interface EvaluationPlace {
  readonly clout: Clout;
  readonly wiring: Wiring;
  readonly instances: readonly Instance[];
  /** The instance whose node or relationship it stands in; nothing for what belongs to the service as a whole. */
  readonly instance?: Instance;
  /** What is known of an instance or of a relationship, by its item's id. */
  readonly attributes: ReadonlyMap<string, JsonObject>;
  /** Where an artifact of an instance's node is on its host. */
  readonly artifactPath: (instance: Instance, name: string) => string | undefined;
}

/** An item with what the agent has to know beside it. */
export interface BuiltItem {
  readonly item: Item;
  readonly plugin: PinnedPlugin;
  /** Items that have to be ready before this one is started, on whichever host. */
  readonly needs: readonly string[];
  /** Items on other hosts that need this one and are to go as it is: they stop before. */
  readonly remoteUsers: readonly string[];
  /** The instances of its whole service, as its plugin may look them up. */
  readonly seen?: () => readonly SeenInstance[];
  /** Why it cannot be reconciled yet: a value that is not known. */
  readonly waitsFor?: string;
  /** Why it cannot be reconciled at all, until the service is changed. */
  readonly problem?: string;
}

/**
 * Returns the items of one host in a deterministic order: instances by id, each followed by its edges. Nodes and edges
 * that no plugin realises are no items.
 */
export function buildItems(scene: Scene, host: HostFacts): BuiltItem[] {
  return new ItemBuilder(scene, host).build();
}

/** Returns all instances of a scene as others see them. */
export function seeInstances(scene: Scene, host: HostFacts): readonly SeenInstance[] {
  return new ItemBuilder(scene, host).seen();
}

class ItemBuilder {
  readonly #scene: Scene;
  readonly #host: HostFacts;
  readonly #wiring: Wiring;
  readonly #instances: ReadonlyMap<string, Instance>;
  readonly #known = new Map<string, KnownValues>();

  constructor(scene: Scene, host: HostFacts) {
    this.#scene = scene;
    this.#host = host;
    this.#wiring = wire(scene.clout, scene.instances);
    this.#instances = new Map(scene.instances.map((each) => [each.id, each]));
  }

  build(): BuiltItem[] {
    const instances = [...this.#scene.instances].sort((a, b) => compareStrings(a.id, b.id));
    return withoutDoubles(instances.flatMap((instance) => [
      ...this.#instanceItem(instance),
      ...this.#outgoing(instance).flatMap((link) => this.#edgeItem(link, "source")),
      ...this.#incoming(instance).flatMap((link) => this.#edgeItem(link, "target")),
    ]));
  }

  /** Returns all instances of the service, on whichever host, as others see them. */
  readonly seen = (): readonly SeenInstance[] =>
    this.#scene.instances.map((each) => this.#see(each));

  #see(instance: Instance): SeenInstance {
    const { scene, vertex } = this.#parts(instance);
    return {
      service: scene.ref.service,
      node: instance.id.slice(0, instance.id.lastIndexOf("-")),
      id: instance.id,
      host: instance.host,
      address: scene.addresses.get(instance.host) ?? "",
      want: instance.want,
      types: vertex?.types ?? [],
      properties: this.#properties(instance).json,
      attributes: this.#attributes(instance),
    };
  }

  #instanceItem(instance: Instance): BuiltItem[] {
    const { scene, vertex, plugin } = this.#parts(instance);
    if (instance.host !== this.#host.id || plugin === undefined) return [];
    const properties = this.#properties(instance);
    const item: Item = {
      ...this.#head(instance, instance.id),
      kind: "instance",
      types: vertex?.types ?? [],
      want: instance.want,
      properties: {
        ...this.#withSecrets(instance, vertex?.types ?? [], properties.json),
        ...(vertex && ruledProperties(scene.clout, vertex.name)),
      },
      attributes: this.#attributes(instance),
      claims: Object.fromEntries(instance.claims.map(({ name, key }) => [name, key])),
      capabilities: this.#capabilities(instance),
      artifacts: this.#artifacts(instance),
      relations: [
        ...this.#outgoing(instance).map((link) => this.#relation(link, "source", true)),
        ...this.#incoming(instance).map((link) => this.#relation(link, "target", true)),
      ],
      owned: (scene.owned.get(instance.id) ?? []) as ResourceId[],
    };
    const needs = this.#outgoing(instance).filter(isOrdering).flatMap((link) => [
      link.target.id,
      ...(scene.realisers.forEdge(link.edge.types, "source") ? [link.id] : []),
    ]);
    return [{
      item,
      plugin,
      needs: this.#realised(needs),
      remoteUsers: this.#remoteUsers(instance),
      seen: this.seen,
      ...this.#obstacle(instance, properties),
    }];
  }

  /** A workload is told where its secrets are, as other paths: in its environment. */
  #withSecrets(instance: Instance, types: readonly string[], properties: JsonObject): JsonObject {
    const wanted = secretsOf({ types, properties });
    if (wanted.length === 0) return properties;
    const item = this.#scene.nameOf(instance.id);
    const { runtime } = this.#host.paths;
    const paths = wanted.map(([variable, name]) => [variable, secretPath(runtime, item, name)]);
    const environment = properties.environment as JsonObject | undefined;
    return { ...properties, environment: { ...environment, ...Object.fromEntries(paths) } };
  }

  #edgeItem(link: Link, side: "source" | "target"): BuiltItem[] {
    const { scene } = this.#parts(link.source);
    const end = side === "source" ? link.source : link.target;
    const plugin = scene.realisers.forEdge(link.edge.types, side);
    if (end.host !== this.#host.id || plugin === undefined) return [];
    const id = edgeItemId(link.id, side);
    const properties = this.#edgeProperties(link);
    const item: Item = {
      ...this.#head(link.source, id),
      kind: "edge",
      side,
      types: link.edge.types,
      want: link.source.want === "absent" || link.target.want === "absent"
        ? "absent"
        : link.source.want,
      properties: properties.json,
      attributes: this.#edgeAttributes(link),
      claims: {},
      capabilities: {},
      artifacts: {},
      relations: [this.#relation(link, side, true)],
      owned: (scene.owned.get(id) ?? []) as ResourceId[],
    };
    const needs = side === "source" && isOrdering(link) ? this.#realised([link.target.id]) : [];
    const built = { item, plugin, needs, remoteUsers: [], seen: this.seen };
    return [{ ...built, ...this.#obstacle(link.source, properties) }];
  }

  #head(instance: Instance, id: string) {
    const { ref, nameOf } = this.#scene;
    return {
      id,
      name: nameOf(id),
      namespace: ref.namespace,
      service: ref.service,
      epoch: instance.epoch,
      revision: instance.revision,
    };
  }

  /** An instance that is to go needs no values: its host knows what to remove from its ledger. */
  #obstacle(instance: Instance, values: KnownValues): Pick<BuiltItem, "waitsFor" | "problem"> {
    if (instance.want === "absent") return {};
    for (const [key, why] of values.problems) return { problem: `property "${key}": ${why}` };
    for (const [key, why] of values.waits) {
      return { waitsFor: `property "${key}" waits for ${why}` };
    }
    return {};
  }

  #realised(items: readonly string[]): string[] {
    const { scene } = this.#parts();
    return [...new Set(items)].filter((id) => {
      const instance = this.#instances.get(id);
      const vertex = instance && scene.clout.vertexes.get(instance.vertex);
      return vertex
        ? scene.realisers.forNode(vertex.types) !== undefined
        : this.#wiring.byId.has(id);
    });
  }

  /** What only moves away is no user that goes: its successor uses another. */
  #remoteUsers(instance: Instance): string[] {
    if (instance.want === "running") return [];
    const { instances } = this.#scene;
    const users = this.#incoming(instance).filter(isOrdering).map(({ source }) => source)
      .filter(({ id, host }) =>
        host !== instance.host &&
        !instances.some((each) => each.id === id && each.want === "running")
      );
    return [...new Set(users.map(({ id }) => id))];
  }

  #relation(link: Link, side: "source" | "target", deep: boolean): Relation {
    const other = side === "source" ? link.target : link.source;
    const relations = deep
      ? this.#outgoing(other).map((each) => this.#relation(each, "source", false))
      : undefined;
    return {
      side,
      requirement: link.edge.name,
      index: link.edge.index,
      types: link.edge.types,
      other: {
        id: other.id,
        host: other.host,
        address: this.#scene.addresses.get(other.host) ?? "",
        types: this.#parts(other).vertex?.types ?? [],
        properties: this.#properties(other).json,
        attributes: this.#attributes(other),
        ...(relations && { relations }),
      },
      properties: this.#edgeProperties(link).json,
      attributes: this.#edgeAttributes(link),
    };
  }

  #properties(instance: Instance): KnownValues {
    const { vertex } = this.#parts(instance);
    return this.#memo(`p ${placeOf(instance)}`, () => this.#evaluate(vertex?.properties, instance));
  }

  #edgeProperties(link: Link): KnownValues {
    return this.#memo(
      `p ${link.id} ${placeOf(link.source)}`,
      () => this.#evaluate(link.edge.properties, link.source),
    );
  }

  /** Declared first values, then what follows from the place, then what was observed. */
  #attributes(instance: Instance): JsonObject {
    const { vertex, scene } = this.#parts(instance);
    const declared = this.#memo(
      `a ${placeOf(instance)}`,
      () => this.#evaluate(vertex?.attributes, instance),
    );
    return { ...declared.json, ...scene.attributes.get(instance.id) };
  }

  #edgeAttributes(link: Link): JsonObject {
    const declared = this.#memo(
      `a ${link.id} ${placeOf(link.source)}`,
      () => this.#evaluate(link.edge.attributes, link.source),
    );
    const { attributes } = this.#scene;
    return {
      ...declared.json,
      ...attributes.get(edgeItemId(link.id, "target")),
      ...attributes.get(edgeItemId(link.id, "source")),
    };
  }

  #capabilities(instance: Instance): Item["capabilities"] {
    const { vertex } = this.#parts(instance);
    const result: Record<string, { properties: JsonObject; attributes: JsonObject }> = {};
    for (const [name, capability] of vertex?.capabilities ?? []) {
      result[name] = {
        properties: this.#evaluate(capability.properties, instance).json,
        attributes: this.#evaluate(capability.attributes, instance).json,
      };
    }
    return result;
  }

  #artifacts(instance: Instance): Record<string, ItemArtifact> {
    const { vertex, scene } = this.#parts(instance);
    const result: Record<string, ItemArtifact> = {};
    for (const [name, artifact] of vertex?.artifacts ?? []) {
      const stored = scene.artifact(artifact.file);
      if (stored === undefined) continue;
      result[name] = {
        types: artifact.types,
        ...stored,
        fileName: fileNameOf(artifact),
        hostPath: this.#hostPath(instance, artifact),
        properties: this.#evaluate(artifact.properties, instance).json,
      };
    }
    return result;
  }

  #evaluate(values: ReadonlyMap<string, Value> | undefined, instance: Instance): KnownValues {
    const { vertex, scene } = this.#parts(instance);
    if (values === undefined || vertex === undefined) {
      return { json: {}, waits: new Map(), problems: new Map() };
    }
    const place: EvaluationPlace = {
      clout: scene.clout,
      wiring: this.#wiring,
      instances: scene.instances,
      instance,
      attributes: scene.attributes,
      artifactPath: (owner, name) => {
        const artifact = this.#parts(owner).vertex?.artifacts.get(name);
        return artifact && this.#hostPath(owner, artifact);
      },
    };
    return evaluateAll(values, (value) => scene.evaluate(value, place));
  }

  #hostPath(instance: Instance, artifact: Artifact): string {
    return `${this.#host.paths.data}/${this.#scene.nameOf(instance.id)}/${fileNameOf(artifact)}`;
  }

  #memo(key: string, make: () => KnownValues): KnownValues {
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, known = make());
    return known;
  }

  #parts(instance?: Instance) {
    const scene = this.#scene;
    const vertex = instance && scene.clout.vertexes.get(instance.vertex);
    const plugin = vertex ? scene.realisers.forNode(vertex.types) : undefined;
    return {
      scene,
      vertex,
      plugin: plugin ?? (instance && scene.realisers.named(instance.plugin)),
    };
  }

  #outgoing(instance: Instance): readonly Link[] {
    return this.#wiring.outgoing.get(placeOf(instance)) ?? [];
  }

  #incoming(instance: Instance): readonly Link[] {
    return this.#wiring.incoming.get(placeOf(instance)) ?? [];
  }
}

/**
 * A source that moved has two ends here of what is one relationship: that of the copy which goes, and that of the one which
 * stays. The latter is meant.
 */
function withoutDoubles(items: BuiltItem[]): BuiltItem[] {
  const kept = new Map<string, BuiltItem>();
  for (const each of items) {
    const known = kept.get(each.item.id);
    if (known === undefined || known.item.want === "absent") kept.set(each.item.id, each);
  }
  return kept.size === items.length ? items : [...kept.values()];
}

/** Whether a relationship orders start and stop. */
function isOrdering({ edge }: Link): boolean {
  return hasType(edge, dependencyType);
}

/** Returns the id of an edge's item: that of the link, with the side where it is the target's. */
export function edgeItemId(link: string, side: "source" | "target"): string {
  return side === "source" ? link : `${link}.target`;
}

function fileNameOf(artifact: Artifact): string {
  return artifact.file.slice(artifact.file.lastIndexOf("/") + 1);
}
