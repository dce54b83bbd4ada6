/**
 * Requests to plugins, with what a test does not care for filled in.
 */
import type { PluginRequest } from "../../core/agent/plugins/mod.ts";
import type { HostFacts, Item, Relation, Verb } from "../../core/plugin/mod.ts";

/** A host whose paths are those of system mode. */
export const hostFacts: HostFacts = {
  id: "h1",
  mode: "system",
  systemd: "system",
  address: "10.0.0.1",
  paths: {
    units: "/etc/systemd/system",
    unitsLinked: false,
    data: "/var/lib/khutulun/data",
    runtime: "/run/khutulun",
    logs: "/var/log/khutulun",
  },
  facts: {},
};

/** Returns an item of service `shop`; its name follows from its id. */
export function item(parts: Partial<Item> & Pick<Item, "id">): Item {
  return {
    kind: "instance",
    name: `khutulun.shop.${parts.id}`,
    namespace: "default",
    service: "shop",
    epoch: 1,
    types: [],
    want: "running",
    revision: 1,
    properties: {},
    attributes: {},
    claims: {},
    capabilities: {},
    artifacts: {},
    relations: [],
    owned: [],
    ...parts,
  };
}

/** Returns a relation with nothing known of the other end but what is given. */
export function relation(
  parts: Partial<Omit<Relation, "other">> & { readonly other: Partial<Relation["other"]> },
): Relation {
  return {
    side: "source",
    requirement: "dependency",
    index: 0,
    types: [],
    properties: {},
    attributes: {},
    ...parts,
    other: {
      id: "other-0",
      host: "h1",
      address: "10.0.0.1",
      types: [],
      properties: {},
      attributes: {},
      ...parts.other,
    },
  };
}

export function request(
  verb: Verb,
  items: readonly Item[],
  parts: Partial<PluginRequest> = {},
): PluginRequest {
  return { verb, host: hostFacts, items, round: 0, ...parts };
}
