/** Codes of the room `plan/`. */
export const planCodes = {
  PLAN_REFUSED: "An instance cannot be placed",
  PLAN_STAYS: "An instance stays where it is, as no other host takes it",
  PLAN_NO_PLUGIN: "No plugin realises a node type",
  PLAN_COUNT_TWICE: "A node template has both a count and a Redundancy policy",
  PLAN_FOLLOWS: "A node follows others in a way that gives no clear instances",
  PLAN_POLICY: "A policy says something that cannot be done",
  PLAN_SCALE: "A node cannot have so many instances",
  PLAN_POLICY_UNKNOWN: "A policy has a type that nothing here carries out",
  PLAN_DEPENDENCY_CYCLE: "Instances wait for each other in a circle",
  PLAN_STEP_CYCLE: "Steps of a host wait for each other in a circle",
  PLAN_STEP_CONFLICT: "Two steps of one key do different things, or need one that is not there",
} as const;
