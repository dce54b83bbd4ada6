/** What `khutulun version` tells. */
export const version = "0.1.0";
