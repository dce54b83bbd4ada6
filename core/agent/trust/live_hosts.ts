import { formatEndpoint, parseEndpoint } from "../../base/mod.ts";
import type { Endpoint } from "../../ports/mod.ts";
import type { AgentContext } from "../agent_context.ts";

/** Another host, and where its API is. */
export interface OtherHost {
  readonly id: string;
  readonly api?: Endpoint;
  readonly liveness: "alive" | "suspect" | "dead" | "left";
}

/** Returns the other hosts that the state knows, by id. */
export async function otherHosts({ store, host, membership }: AgentContext): Promise<OtherHost[]> {
  const found: OtherHost[] = [];
  for (const id of await store.hosts()) {
    if (id === host) continue;
    const spec = await store.host(id).read();
    if (!spec) continue;
    const api = parseEndpoint(spec.api);
    found.push({ id, api, liveness: membership.liveness(id) });
  }
  return found;
}

/** Returns where APIs of the cluster are, this host's first. */
export async function liveEndpoints(context: AgentContext): Promise<string[]> {
  const own = (await context.store.host(context.host).read())?.api;
  const others = (await otherHosts(context)).filter(({ liveness }) =>
    liveness === "alive" || liveness === "suspect"
  );
  return [own, ...others.map(({ api }) => api && formatEndpoint(api))]
    .filter((api): api is string => !!api);
}
