/**
 * Deno behind the ports: the machine's clock, files, locks, processes.
 *
 * Nothing here decides anything. `main.ts` alone joins this room to the others, which see interfaces only.
 *
 *     const isolated = new IsolatedFiles();
 *     await isolated.files.list("/mnt/khutulun");
 */
export { systemClock } from "./clock.ts";
export { download } from "./download.ts";
export { LocalFiles } from "./files.ts";
export { IsolatedFiles, type IsolatedFilesOptions } from "./isolated_files.ts";
export { LocalLocks } from "./locks.ts";
export { lineLogger, type LineLoggerOptions } from "./logger.ts";
export { PidFileWatch, type PidFileWatchOptions } from "./pid_file_watch.ts";
export { SystemProcesses } from "./processes.ts";
export { systemRandom } from "./random.ts";
export { networkTransports } from "./transport.ts";
