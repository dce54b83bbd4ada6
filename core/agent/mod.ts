/**
 * What runs on each host: observe, plan, act, report; and the use cases that the API calls.
 *
 * The agent decides nothing that a plan does not say, and touches the world through `ports/` alone. `createAgent` joins
 * its parts; `seedCluster` makes the state that it works on.
 */
export { createAgent } from "./create_agent.ts";
export type { EvaluationPlace } from "./items.ts";
export type { Language, ProfileFiles } from "./language.ts";
export { toscaLanguage } from "./tosca_language.ts";
export { registerEmbedded, seedCluster, type Seeded } from "./seed.ts";
export type { Agent, AgentOptions, AgentPorts, Embedded, SeedOptions } from "./agent_ports.ts";
export type * from "./use_cases.ts";
