/**
 * One machine as an agent meets it: all ports with the machine behind them, and what is known of it.
 */
export { type HostWorld, openWorld, type WorldOptions } from "./open_world.ts";
export { defaultAddress, localAddresses } from "./default_address.ts";
