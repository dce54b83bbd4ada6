/**
 * The outside world as interfaces alone. `platform/` puts Deno behind them, `sim/` puts one seed behind them.
 *
 * Nothing here runs. A room takes the ports it needs in this order: clock, random, files, locks, processes,
 * transport, plugin runtime, logger.
 */
export type { Clock } from "./clock.ts";
export { FileError, type FileErrorCode, type FileInfo, type Files } from "./files.ts";
export type {
  Download,
  DownloadLimits,
  HttpAnswer,
  HttpClient,
  HttpRequest,
} from "./http_client.ts";
export type { HeldLock, Locks } from "./locks.ts";
export type { Logger, LogLevel } from "./logger.ts";
export type {
  HostFunction,
  PluginCallLimits,
  PluginModule,
  PluginRuntime,
} from "./plugin_runtime.ts";
export type {
  AttachCommand,
  AttachedProcess,
  Command,
  CommandResult,
  DetachedCommand,
  Processes,
  ProcessIdentity,
  TerminalSize,
  TerminalWish,
} from "./processes.ts";
export type { ProbeResult, Probes } from "./probes.ts";
export type { Random } from "./random.ts";
export type {
  Connection,
  Endpoint,
  Transport,
  TransportListener,
  Transports,
} from "./transport.ts";
export type { UnitWatch } from "./unit_watch.ts";
