/** What the runtime tells a worker. */
export type ToWorker =
  | {
    readonly type: "call";
    readonly id: number;
    readonly plugin: string;
    readonly digest: string;
    /** The guarded module's bytes; absent where the worker has compiled them before. */
    readonly bytes?: Uint8Array;
    /** Exports that are called on a new instance, in this order. */
    readonly initializers: readonly string[];
    readonly input: Uint8Array;
    readonly memoryBytesMax: number;
    readonly outputBytesMax: number;
  }
  | {
    readonly type: "answer";
    readonly hostCall: number;
    /** Absent where the host function failed: the guest's call ends. */
    readonly output?: Uint8Array;
  };

/** What a worker tells the runtime. */
export type FromWorker =
  | { readonly type: "ready" }
  | {
    readonly type: "host";
    readonly id: number;
    readonly hostCall: number;
    readonly name: string;
    readonly input: Uint8Array;
  }
  | { readonly type: "log"; readonly id: number; readonly message: string }
  | { readonly type: "done"; readonly id: number; readonly output: Uint8Array }
  | {
    readonly type: "failed";
    readonly id: number;
    readonly kind: GuestFailure;
    readonly message: string;
    /** How much linear memory the guest had when it failed. */
    readonly memoryBytes: number;
  };

/** How a guest's call ended without an answer. */
export type GuestFailure = "module" | "trap" | "stack" | "memory" | "output" | "error" | "exit";

/** What a worker is started with. */
export interface WorkerStart {
  /**
   * Two 32-bit integers: the id of the call whose guest has the worker's thread, or 0; and the number of that turn, so
   * that two turns of one guest are told apart.
   */
  readonly running: SharedArrayBuffer;
}
