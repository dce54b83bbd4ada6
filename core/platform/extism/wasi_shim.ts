/**
 * WASI preview 1 for guests whose toolchain cannot do without it: clock, randomness and a log, and nothing else.
 *
 * Every other function answers `ENOSYS`, or `EBADF` where a file is asked for: no file, no argument, no environment
 * variable, no socket can be reached. The clock and the randomness are the machine's own: they are no secret.
 */

/** Names of the functions of `wasi_snapshot_preview1`; an import of another is refused at load. */
export const wasiFunctionNames: ReadonlySet<string> = new Set([
  ...["args_get", "args_sizes_get", "environ_get", "environ_sizes_get"],
  ...["clock_res_get", "clock_time_get", "random_get", "sched_yield", "poll_oneoff"],
  ...["proc_exit", "proc_raise", "fd_advise", "fd_allocate", "fd_close", "fd_datasync"],
  ...["fd_fdstat_get", "fd_fdstat_set_flags", "fd_fdstat_set_rights", "fd_filestat_get"],
  ...["fd_filestat_set_size", "fd_filestat_set_times", "fd_pread", "fd_prestat_get"],
  ...["fd_prestat_dir_name", "fd_pwrite", "fd_read", "fd_readdir", "fd_renumber", "fd_seek"],
  ...["fd_sync", "fd_tell", "fd_write", "path_create_directory", "path_filestat_get"],
  ...["path_filestat_set_times", "path_link", "path_open", "path_readlink"],
  ...["path_remove_directory", "path_rename", "path_symlink", "path_unlink_file"],
  ...["sock_accept", "sock_recv", "sock_send", "sock_shutdown"],
]);

const errno = { success: 0, badFile: 8, notImplemented: 52 } as const;

const standardOutput = 1;
const standardError = 2;

/** How much of one written line is kept. */
const logBytesMax = 4096;

/** What the shim needs of the instance that it serves. */
export interface WasiGuest {
  /** The instance's memory; it is known only after the instance is made. */
  memory(): WebAssembly.Memory;
  /** Takes what the guest writes to standard output and error. */
  log(text: string): void;
}

/** Ends the guest: it asked to exit. */
export class GuestExit extends Error {
  override readonly name = "GuestExit";

  constructor(readonly status: number) {
    super(`the plugin exited with status ${status}`);
  }
}

type WasiFunction = (...args: (number | bigint)[]) => number;

/** Returns the functions of WASI for one instance. */
export function denyingWasi(guest: WasiGuest): Record<string, WasiFunction> {
  const functions: Record<string, WasiFunction> = {};
  for (const name of wasiFunctionNames) {
    const takesFile = name.startsWith("fd_") || name.startsWith("path_");
    functions[name] = () => takesFile ? errno.badFile : errno.notImplemented;
  }
  const view = () => new DataView(guest.memory().buffer);
  const noStrings: WasiFunction = (count, size) => {
    view().setUint32(Number(count), 0, true);
    view().setUint32(Number(size), 0, true);
    return errno.success;
  };
  return {
    ...functions,
    args_get: () => errno.success,
    environ_get: () => errno.success,
    args_sizes_get: noStrings,
    environ_sizes_get: noStrings,
    sched_yield: () => errno.success,
    proc_exit: (status) => {
      throw new GuestExit(Number(status));
    },
    clock_res_get: (_clock, at) => writeTime(view(), at, 1_000n),
    clock_time_get: (clock, _precision, at) =>
      writeTime(view(), at, nanoseconds(Number(clock) === 0 ? Date.now() : performance.now())),
    random_get: (at, length) => {
      const buffer = guest.memory().buffer as ArrayBuffer;
      fillRandom(new Uint8Array(buffer, Number(at), Number(length)));
      return errno.success;
    },
    fd_write: (file, vectors, count, written) => {
      if (Number(file) !== standardOutput && Number(file) !== standardError) return errno.badFile;
      const { kept, total } = gather(view(), Number(vectors), Number(count));
      guest.log(new TextDecoder().decode(kept));
      view().setUint32(Number(written), total, true);
      return errno.success;
    },
  };
}

function writeTime(view: DataView, at: number | bigint, value: bigint): number {
  view.setBigUint64(Number(at), value, true);
  return errno.success;
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds * 1_000)) * 1_000n;
}

/** Fills an array with randomness; the platform's own call takes at most 64 KiB. */
function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
}

/** Returns the beginning of what a list of `count` (address, length) pairs points at, and how long all of it is. */
function gather(
  view: DataView,
  vectors: number,
  count: number,
): { kept: Uint8Array; total: number } {
  const kept = new Uint8Array(logBytesMax);
  let [total, used] = [0, 0];
  for (let index = 0; index < Math.min(count, 1024); index++) {
    const at = view.getUint32(vectors + index * 8, true);
    const length = view.getUint32(vectors + index * 8 + 4, true);
    const part = new Uint8Array(view.buffer as ArrayBuffer, at, length);
    const fits = part.subarray(0, logBytesMax - used);
    kept.set(fits, used);
    used += fits.length;
    total += length;
  }
  return { kept: kept.subarray(0, used), total };
}
