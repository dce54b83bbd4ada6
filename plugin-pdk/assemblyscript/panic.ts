import { hostPanic } from "./imports";
import { storeText } from "./kernel";

/**
 * Stops the plugin and tells the host why: the message comes out as the problem's reason. It does not return.
 *
 * Panic for what should never be; a failure of the thing itself (a command that failed, a port that is taken) is an
 * answer with phase `failed`.
 */
export function panic(message: string): void {
  hostPanic(storeText('{"message":' + quotePlainly(message) + "}"));
  unreachable();
}

/** What the compiler calls for `assert`, `throw` and its own checks: `--use abort=…/panic/abort`. */
export function abort(
  message: string | null,
  file: string | null,
  line: u32,
  column: u32,
): void {
  const what = message === null ? "it aborted" : message;
  const where = file === null ? "" : ` (${file}:${line}:${column})`;
  panic(what + where);
}

/** Quotes for JSON without the class `Json`, which itself panics. */
function quotePlainly(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code == 0x22 || code == 0x5c) {
      quoted += "\\u" + code.toString(16).padStart(4, "0");
    } else quoted += text.charAt(i);
  }
  return quoted + '"';
}
