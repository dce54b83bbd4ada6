/**
 * Installing the agent on its host: one file, one unit.
 *
 * An installation is a list of the same steps that services are made of, so that it can be printed, and repeated. It never
 * touches a service: those have units of their own.
 */
export { agentUnit, type AgentUnitOptions } from "./agent_unit.ts";
export { carryOut, type InstallPorts } from "./carry_out.ts";
export {
  type InstalledPaths,
  installedPaths,
  type InstallOptions,
  installSteps,
  uninstallSteps,
} from "./install_steps.ts";
