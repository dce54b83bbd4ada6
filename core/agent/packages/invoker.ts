import type { Step } from "../../plan/mod.ts";
import type { HostFacts, Item, Request, Response, SeenInstance, Verb } from "../../plugin/mod.ts";

/** Calls plugins. `agent/plugins/` has the real one. */
export interface Invoker {
  call(
    plugin: { readonly name: string; readonly digest: string },
    request: {
      readonly verb: Verb;
      readonly host: HostFacts;
      readonly items: readonly Item[];
      readonly options?: Request["options"];
      readonly round: number;
    },
    options?: {
      /** Digests of the plugins that this one may call, by name. */
      readonly pinned?: Readonly<Record<string, string>>;
      /** The instances of the items' own service, as they are planned. */
      readonly seen?: () => readonly SeenInstance[];
    },
  ): Promise<{ readonly response: Response; readonly steps: readonly Step[] }>;
}
