/**
 * The ports in memory under one seed: a whole host, and what can go wrong with it, in one process and no time.
 *
 * `VirtualClock` passes time, `SeededRandom` decides, `FakeMachine` is the host that outlives its agent (disk, processes,
 * service manager), and `Faults` is one life of the agent: everything it does passes there, is numbered, and may fail or be
 * its last.
 *
 *     const clock = new VirtualClock();
 *     const machine = new FakeMachine({ clock });
 *     const faults = new Faults({ clock, stopAt: { effect: 7, moment: "torn" } });
 *     const files = new MemoryFiles(machine.disk, faults);
 *     await clock.run(Promise.race([work(files), faults.stopped()]));
 */
export { guardName } from "./fake_fence.ts";
export {
  FakeMachine,
  type FakeMachineOptions,
  type FakeProcess,
  type Program,
  type ProgramBehaviour,
} from "./fake_machine.ts";
export { type FakeCommand, FakeProcesses, FakeUnitWatch } from "./fake_processes.ts";
export { FakeSystemd, type FakeSystemdOptions } from "./fake_systemd.ts";
export {
  type Attempt,
  type Fault,
  type FaultRule,
  Faults,
  type FaultsOptions,
  type StopMoment,
} from "./faults.ts";
export { loneTransports } from "./lone_transports.ts";
export { type DiskDirectory, type DiskFile, type DiskNode, MemoryDisk } from "./memory_disk.ts";
export { MemoryFiles, MemoryLocks, type MemoryMount } from "./memory_files.ts";
export {
  type ModelHost,
  ModelPlugins,
  type ModelPluginsOptions,
  type PluginModel,
} from "./model_plugins.ts";
export { type LogLine, RecordingLogger } from "./recording_logger.ts";
export { SeededRandom } from "./seeded_random.ts";
export { type Timers, VirtualClock, type VirtualClockOptions } from "./virtual_clock.ts";
