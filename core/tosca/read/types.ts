import { anyMap, nameText, text } from "./scalars.ts";

/** The keynames that all type definitions share (TOSCA 2.0, section 6.4.1). */
export const typeKeynames = {
  derived_from: nameText,
  version: text,
  metadata: anyMap,
  description: text,
} as const;
