/** Codes of the room `plugin/`. */
export const pluginCodes = {
  PLUGIN_FAILED: "A plugin stopped without an answer",
} as const;
