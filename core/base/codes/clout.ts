/** Codes of the room `clout/`. */
export const cloutCodes = {
  CLOUT_FORMAT: "The text is not a Clout that this version reads",
} as const;
