/** Codes of the room `yaml/`. */
export const yamlCodes = {
  YAML_SYNTAX: "The text is not well-formed YAML",
  YAML_DUPLICATE_KEY: "A map has the same key twice",
  YAML_TAG: "A value has a tag outside YAML's core schema",
  YAML_ALIAS: "An alias names no anchor before it",
  YAML_MERGE: "A merge key has something else than maps",
  YAML_LIMIT: "The text is larger, deeper or expands further than is read",
  YAML_NUMBER: "A number cannot be held exactly",
} as const;
