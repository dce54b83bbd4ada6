/**
 * What runs on each host: observe, plan, act, report; and the use cases that the API calls.
 *
 * The agent decides nothing that a plan does not say, and touches the world through `ports/` alone.
 */
export type * from "./use_cases.ts";
