/** Codes of the room `agent/`. */
export const agentCodes = {
  AGENT_STALE_PLAN: "The saved plan was made from another state",
} as const;
