import { visibleLine } from "../../base/mod.ts";
import type { Progress } from "../../api/mod.ts";
import type { Surroundings } from "../surroundings.ts";
import { painter } from "./colour.ts";

/** Clears the line that the terminal is on; as bytes, for what is written as text is shown and not obeyed. */
const cleared = new TextEncoder().encode("\r\x1b[K");

/**
 * Shows how long work goes, on standard error: one line that is drawn anew on a terminal, a line for each event elsewhere.
 */
export class ProgressView {
  readonly #it: Surroundings;
  #isDrawn = false;

  constructor(it: Surroundings) {
    this.#it = it;
  }

  show(progress: Progress): void {
    const { stderr } = this.#it;
    const { kind, done, total, message } = progress;
    const text = visibleLine(kind === "step" ? `[${done}/${total}] ${message}` : message);
    if (!stderr.isTerminal) {
      stderr.write(`${text}\n`);
      return;
    }
    const paint = painter(this.#it, stderr);
    const line = [...text].slice(0, Math.max(20, stderr.columns() - 1)).join("");
    stderr.writeBytes(cleared);
    stderr.write(paint("dim", line));
    this.#isDrawn = true;
  }

  /** Takes the line away, so that what follows starts on a clean one. */
  clear(): void {
    if (this.#isDrawn) this.#it.stderr.writeBytes(cleared);
    this.#isDrawn = false;
  }
}
