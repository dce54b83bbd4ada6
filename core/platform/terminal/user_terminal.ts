import { libc } from "../pty/libc.ts";

const standardInput = 0;

/** `struct termios` is smaller than this; its output flags are the second of its 32-bit words. */
const termiosBytes = 64;
const outputFlags = 4;
const postProcess = 0x1; // OPOST
const whenDrained = 1; // TCSADRAIN

/** How a signal that ends us is told by a shell: 128 and its number. */
const endings = { SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;

/** Returns the terminal at standard input, or nothing where that is none; see `UserTerminal` in `cli/`. */
export function userTerminal(type: string | undefined) {
  if (!Deno.stdin.isTerminal()) return undefined;
  return { type: type || "dumb", size: sizeNow, lend, onResize };
}

function sizeNow(): { rows: number; columns: number } {
  const { rows, columns } = Deno.consoleSize();
  return { rows: rows || 24, columns: columns || 80 };
}

/**
 * Lends the terminal to a program elsewhere; see `UserTerminal.lend` in `cli/`. However we end, but for a KILL, it is as it
 * was: whoever typed the command goes on typing there.
 *
 * Deno's own raw mode goes on turning line feeds into line ends, which the program's terminal has done already: programs
 * that draw would be spoilt.
 */
function lend({ keys }: { readonly keys: boolean }): () => void {
  const before = new Uint8Array(termiosBytes);
  if (libc().tcgetattr(standardInput, before) !== 0) return () => {};
  const giveBack = () => void libc().tcsetattr(standardInput, whenDrained, before);
  const listeners = Object.entries(endings).map(([signal, code]) => {
    const listener = () => {
      giveBack();
      Deno.exit(code);
    };
    Deno.addSignalListener(signal as Deno.Signal, listener);
    return () => Deno.removeSignalListener(signal as Deno.Signal, listener);
  });
  globalThis.addEventListener("unload", giveBack);
  const lent = before.slice();
  if (keys) libc().cfmakeraw(lent);
  lent[outputFlags] &= ~postProcess;
  libc().tcsetattr(standardInput, whenDrained, lent);
  return () => {
    giveBack();
    globalThis.removeEventListener("unload", giveBack);
    for (const stop of listeners) stop();
  };
}

function onResize(callback: (size: { rows: number; columns: number }) => void): () => void {
  const listener = () => callback(sizeNow());
  Deno.addSignalListener("SIGWINCH", listener);
  return () => Deno.removeSignalListener("SIGWINCH", listener);
}
