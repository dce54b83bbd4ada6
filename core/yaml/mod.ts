/**
 * YAML: text to a tree in which every value knows its position, and plain values to text.
 *
 * It follows YAML 1.2.2 with the core schema, as TOSCA narrows it: integers are `bigint`, floats are `Float`, keys are
 * unique, aliases and merge keys are resolved, tags beyond the core schema are refused. It knows nothing of TOSCA.
 *
 *     const { value, problems } = parseYaml("port: 80\n", "shop.yaml");
 *     parseData("port: 80\n"); // { port: 80 }
 *     writeYaml({ port: 80 }); // "port: 80\n"
 */
export { readNumber } from "./core_schema.ts";
export { parseData, toJson } from "./data.ts";
export { parseYaml, yamlLimits } from "./read.ts";
export { SourceText } from "./source_text.ts";
export {
  type AliasSite,
  describeNode,
  positionOf,
  type ScalarValue,
  stringOf,
  type YamlEntry,
  YamlList,
  YamlMap,
  type YamlNode,
  YamlScalar,
} from "./tree.ts";
export { type Writable, writeYaml } from "./write.ts";
