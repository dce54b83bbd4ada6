/**
 * What runs on each host: observe, plan, act, report; and the use cases that the API calls.
 *
 * The agent decides nothing that a plan does not say, and touches the world through `ports/` alone. A request becomes a
 * draft (`draft.ts`), is written (`deployer.ts`), and a pass over the service (`pass.ts`, driven by `loop.ts`) makes the
 * host so. A plan that is printed and one that is carried out come from the same questions to plugins
 * (`host_planner.ts`) about the same items (`items.ts`).
 *
 *     await seedCluster(ports, options, { name: "home", address: "127.0.0.1" }, embedded);
 *     const agent = await createAgent(ports, options, toscaLanguage());
 *     await Promise.all([agent.run(signal), serve(agent.useCases)]);
 */
export { createAgent } from "./create_agent.ts";
export type { EvaluationPlace } from "./items.ts";
export type { Language, ProfileFiles } from "./language.ts";
export { toscaLanguage } from "./tosca_language.ts";
export { joinCluster, type JoinOptions } from "./join.ts";
export { chooseOwnAddress } from "./own_address.ts";
export { registerEmbedded, seedCluster, type Seeded } from "./seed.ts";
export type { Agent, AgentOptions, AgentPorts, Embedded, SeedOptions } from "./agent_ports.ts";
export {
  type HostPlanRequest,
  type PeerAddress,
  type Peers,
  type PeerUseCases,
  unreachablePeers,
} from "./peers.ts";
export type { Hint, MemberFacts, Membership } from "./members/membership.ts";
export {
  HostTrust,
  joinByToken,
  type JoinDoor,
  openTrust,
  type TokenJoin,
  type TrustOwner,
} from "./trust/mod.ts";
export type * from "./trust/trust_use_cases.ts";
export type * from "./use_cases.ts";
