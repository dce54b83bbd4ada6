/** Codes of the room `tosca/`. */
export const toscaCodes = {
  TOSCA_PROPERTY_MISSING: "A required property has no value",
} as const;
