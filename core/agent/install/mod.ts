/**
 * Installing the agent on its host: one file, one unit.
 *
 * An installation is a list of the same steps that services are made of, so that it can be printed, and repeated. It never
 * touches a service: those have units of their own.
 */
export { agentUnit, type AgentUnitOptions } from "./agent_unit.ts";
export { type InstallFacts, type InstallRequest, planInstall } from "./plan_install.ts";
export { carryOut, type InstallPorts } from "./carry_out.ts";
export {
  type InstalledPaths,
  installedPaths,
  type InstallOptions,
  installSteps,
  uninstallSteps,
  upgradeSteps,
} from "./install_steps.ts";
export { type UnitWatchOptions, watchAgentUnit } from "./unit_watch.ts";
