import type { Clock, Files, Logger, Probes, Processes } from "../ports/mod.ts";
import type { ClusterSpec, OwnStore, Store } from "../store/mod.ts";
import type { AgentOptions } from "./agent_ports.ts";
import type { Bus } from "./bus.ts";
import type { Fence } from "./hosts/fence.ts";
import type { Heart } from "./hosts/heart.ts";
import type { HostPlanner } from "./pass/host_planner.ts";
import type { Language } from "./packages/language.ts";
import type { Listeners } from "./deploy/listeners.ts";
import type { Membership } from "./members/membership.ts";
import type { Peers } from "./hosts/peers.ts";
import type { PluginCatalog } from "./packages/plugin_catalog.ts";
import type { ProfileCatalog } from "./packages/profiles.ts";
import type { RecentAnswers } from "./deploy/recent_answers.ts";
import type { Recorder } from "./recorder.ts";
import type { SecretFiles } from "./trust/secret_files.ts";
import type { SceneMaker } from "./items/scenes.ts";
import type { SubstituteCatalog } from "./packages/substitutes.ts";

/** The parts of an agent, made once by `createAgent` and handed to whoever works with them. */
export interface AgentContext {
  readonly options: AgentOptions;
  /** The host's id. */
  readonly host: string;
  readonly cluster: ClusterSpec;
  readonly clock: Clock;
  readonly files: Files;
  readonly stateFiles: Files;
  readonly processes: Processes;
  readonly probes: Probes;
  readonly logger: Logger;
  readonly store: Store;
  readonly own: OwnStore;
  readonly catalog: PluginCatalog;
  readonly profiles: ProfileCatalog;
  readonly substitutes: SubstituteCatalog;
  readonly language: Language;
  readonly membership: Membership;
  readonly peers: Peers;
  readonly planner: HostPlanner;
  /** Asks plugins on a host on which there is nothing. */
  readonly freshPlanner: HostPlanner;
  /** What plugins answered this host's drafts a moment ago. */
  readonly recent: RecentAnswers;
  readonly scenes: SceneMaker;
  readonly fence: Fence;
  readonly heart: Heart;
  /** What listens on this host. */
  readonly listeners: Listeners;
  readonly bus: Bus;
  readonly recorder: Recorder;
  /** Files of secrets that workloads of this host read. */
  readonly secrets: SecretFiles;
}

/** Returns a wall time as RFC 3339. */
export function timeText(nowMs: number): string {
  return new Date(nowMs).toISOString();
}
