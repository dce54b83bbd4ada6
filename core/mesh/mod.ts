/**
 * What components may see of each other. A plugin asks for instances (host function `lookup`); who may see which is
 * decided here, from its manifest alone.
 *
 * Nothing is read here, and nothing evaluated: the instances come from whoever has the graphs (`agent/`). Looking up
 * changes nothing, and no component can change the graph of another.
 *
 *     lookupScope({ service: "bank" }, { service: "shop", sees: "service" });
 *     // 'look up instances of service "bank"': refused
 */
export {
  type LookupQuery,
  type LookupScope,
  lookupScope,
  selectInstances,
  type Viewer,
} from "./look_up.ts";
