/**
 * The closed list of problem codes, a file for each room. Codes are stable: scripts may match on them.
 */
import { agentCodes } from "./agent.ts";
import { apiCodes } from "./api.ts";
import { baseCodes } from "./base.ts";
import { cliCodes } from "./cli.ts";
import { cloutCodes } from "./clout.ts";
import { gossipCodes } from "./gossip.ts";
import { planCodes } from "./plan.ts";
import { platformCodes } from "./platform.ts";
import { pluginCodes } from "./plugin.ts";
import { storeCodes } from "./store.ts";
import { toscaCodes } from "./tosca.ts";
import { trustCodes } from "./trust.ts";
import { yamlCodes } from "./yaml.ts";

/** Every code with what it means. */
export const problemCodes = {
  ...baseCodes,
  ...yamlCodes,
  ...cloutCodes,
  ...toscaCodes,
  ...gossipCodes,
  ...storeCodes,
  ...planCodes,
  ...pluginCodes,
  ...platformCodes,
  ...trustCodes,
  ...agentCodes,
  ...apiCodes,
  ...cliCodes,
} as const;

export type ProblemCode = keyof typeof problemCodes;
