/** Codes of the room `plugin/`, and of those who run plugins. */
export const pluginCodes = {
  PLUGIN_ANSWER: "A plugin's answer is not of the form that the contract asks for",
  PLUGIN_CONTRACT: "A plugin was written for another version of the contract",
  PLUGIN_CYCLE: "A plugin calls one that is waiting for it",
  PLUGIN_DEADLINE: "A plugin did not answer before its deadline",
  PLUGIN_DEPTH: "Plugins call plugins more deeply than is allowed",
  PLUGIN_DIGEST: "A plugin's code is not the code that was pinned",
  PLUGIN_FAILED: "A plugin stopped without an answer",
  PLUGIN_HOST_CALL: "A plugin called a host function with something that it does not take",
  PLUGIN_LIMIT: "A plugin went beyond a bound on what one call may do",
  PLUGIN_MANIFEST: "A plugin's manifest is not one that this version takes",
  PLUGIN_MODULE: "A plugin's code is not a module that may be loaded",
  PLUGIN_OBSERVE_AFTER_CHANGE: "A plugin observes after it has changed something in the same call",
  PLUGIN_PANIC: "A plugin gave up and said why",
  PLUGIN_PERMISSION: "A plugin reaches for something that its manifest does not declare",
  PLUGIN_UNKNOWN: "There is no plugin of that name",
  PLUGIN_WORKER: "The worker that ran a plugin ended for another reason than the plugin",
} as const;
