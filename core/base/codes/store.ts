/** Codes of the room `store/`. */
export const storeCodes = {
  STATE_CONFLICT: "Somebody else wrote the document meanwhile",
} as const;
