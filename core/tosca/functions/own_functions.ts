import { Float } from "../../base/mod.ts";
import type { CustomFunction } from "../resolve/custom_function.ts";
import type { Content, Datum } from "./datum.ts";

/**
 * Functions that profiles declare without an implementation and this processor knows (TOSCA 2.0, section 10.4).
 */
const functions: Readonly<Record<string, (args: readonly Datum[]) => Content>> = {
  text: ([one]) => textOf(one.content),
};

/** Returns how a declared function is run here; nothing where it is not known, or has an implementation of its own. */
export function ownFunction(
  name: string,
  declared?: CustomFunction,
): ((args: readonly Datum[]) => Content) | undefined {
  if (declared?.signatures.some((each) => each.implementation)) return undefined;
  const bare = name.slice(name.lastIndexOf(":") + 1);
  return Object.hasOwn(functions, bare) ? functions[bare] : undefined;
}

function textOf(content: Content): string {
  if (content instanceof Float) return content.toString();
  return typeof content === "string" ? content : String(content);
}
