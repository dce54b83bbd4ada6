/** A plugin's code, known by its digest so that a compiled module is made once. */
export interface PluginModule {
  /** The plugin's name, for messages. */
  readonly name: string;
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  /** Reads the bytes; called once a digest. */
  readonly load: () => Promise<Uint8Array>;
}

/** Answers one host function call of a guest: JSON in, JSON out. A thrown `ProblemError` ends the guest's call. */
export type HostFunction = (name: string, input: Uint8Array) => Promise<Uint8Array>;

/** Bounds of one call. */
export interface PluginCallLimits {
  readonly deadlineMs: number;
  readonly memoryBytesMax: number;
  readonly outputBytesMax: number;
}

/**
 * Runs plugin code: bytes in, bytes out. Each call gets a fresh instance.
 *
 * A guest that traps, spins past its deadline, wants more memory or imports what is not allowed ends the call
 * with a `ProblemError` of a `PLUGIN_…` code; the runtime stays usable.
 */
export interface PluginRuntime {
  call(
    module: PluginModule,
    input: Uint8Array,
    host: HostFunction,
    limits: PluginCallLimits,
  ): Promise<Uint8Array>;
  /**
   * Checks a module before it is stored: throws `PLUGIN_MODULE` where no call could load it. A runtime whose modules are
   * no code has nothing to check.
   */
  check?(name: string, bytes: Uint8Array, memoryBytesMax: number): void;
  /** Ends all workers. */
  close(): Promise<void>;
}
