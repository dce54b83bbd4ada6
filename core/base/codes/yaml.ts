/** Codes of the room `yaml/`. */
export const yamlCodes = {
  YAML_SYNTAX: "The text is not well-formed YAML",
} as const;
