const columnsDefault = 80;

/** The exit code of a process that SIGPIPE ended, as a shell tells it. */
const brokenPipeExit = 141;

/** Standard output or standard error. When its reader goes away the process ends at once and says nothing. */
export class StandardOutput {
  readonly isTerminal: boolean;
  readonly #stream: typeof Deno.stdout | typeof Deno.stderr;

  constructor(stream: typeof Deno.stdout | typeof Deno.stderr) {
    this.#stream = stream;
    this.isTerminal = stream.isTerminal();
  }

  write(text: string): void {
    this.writeBytes(new TextEncoder().encode(text));
  }

  writeBytes(bytes: Uint8Array): void {
    try {
      for (let written = 0; written < bytes.length;) {
        written += this.#stream.writeSync(bytes.subarray(written));
      }
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) Deno.exit(brokenPipeExit);
      throw error;
    }
  }

  columns(): number {
    try {
      return Deno.consoleSize().columns || columnsDefault;
    } catch {
      return columnsDefault; // no terminal on any of the three streams
    }
  }
}
