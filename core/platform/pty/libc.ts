const functions = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  cfmakeraw: { parameters: ["buffer"], result: "void" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
} as const;

/** The functions of the C library that terminals need; `poll` waits on a thread of its own. */
export type Libc = Deno.DynamicLibrary<typeof functions>["symbols"];

let loaded: Libc | undefined;

/** Returns the C library, loaded when it is first needed. */
export function libc(): Libc {
  return loaded ??= Deno.dlopen("libc.so.6", functions).symbols;
}
