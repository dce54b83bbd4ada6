import type { Logger, LogLevel } from "../ports/mod.ts";

/** One line that was logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Keeps what is logged, the newest `linesMax` lines. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];

  constructor(readonly linesMax = 10_000) {}

  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level, message, ...(fields && { fields }) });
    if (this.lines.length > this.linesMax) this.lines.shift();
  }

  /** The lines as text, one each. */
  text(): string {
    return this.lines.map(({ level, message, fields }) =>
      `${level}: ${message}${fields ? ` ${JSON.stringify(fields)}` : ""}`
    ).join("\n");
  }
}
