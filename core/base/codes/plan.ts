/** Codes of the room `plan/`. */
export const planCodes = {
  PLAN_REFUSED: "An instance cannot be placed",
} as const;
