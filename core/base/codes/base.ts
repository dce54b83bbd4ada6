/** Codes that no room owns. */
export const baseCodes = {
  BASE_INTERNAL: "A defect of Khutulun itself",
} as const;
