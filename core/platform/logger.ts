import { visibleLine, visibleText } from "../base/mod.ts";
import type { Logger, LogLevel } from "../ports/mod.ts";

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 };

/** Syslog's numbers, which the journal takes at the start of a line (sd-daemon(3)). */
const journalPrefixes: Readonly<Record<LogLevel, string>> = {
  debug: "<7>",
  info: "<6>",
  warning: "<4>",
  error: "<3>",
};

export interface LineLoggerOptions {
  /** Lines below this level are left out; `info` unless told. */
  readonly level?: LogLevel;
  /** `journal` where systemd keeps the lines (it adds the time itself), else `text`. */
  readonly form?: "text" | "journal";
  /** Takes each line, newline included; standard error unless told. */
  readonly write?: (line: string) => void;
  readonly nowMs?: () => number;
}

/** Returns a logger that writes a line for each entry: `2026-01-02T03:04:05Z warning Mount is slow durationMs=1200`. */
export function lineLogger(options: LineLoggerOptions = {}): Logger {
  const { level: least = "info", form = "text", write = writeStandardError, nowMs = Date.now } =
    options;
  return {
    log(level, message, fields = {}) {
      if (ranks[level] < ranks[least]) return;
      const head = form === "journal"
        ? journalPrefixes[level]
        : `${new Date(nowMs()).toISOString()} ${level} `;
      const facts = Object.entries(fields).filter(([, value]) => value !== undefined)
        .map(([name, value]) => ` ${name}=${formatField(value)}`);
      // A line break in a message would let a workload's text pass for an entry of ours.
      write(`${head}${visibleLine(message)}${facts.join("")}\n`);
    },
  };
}

function formatField(value: unknown): string {
  if (typeof value === "string" && /^[^\s"=]+$/.test(value)) return visibleText(value);
  if (value instanceof Error) return formatField(value.message);
  return visibleText(
    typeof value === "bigint" ? String(value) : JSON.stringify(value) ?? String(value),
  );
}

function writeStandardError(line: string): void {
  const bytes = new TextEncoder().encode(line);
  try {
    for (let written = 0; written < bytes.length;) {
      written += Deno.stderr.writeSync(bytes.subarray(written));
    }
  } catch {
    // Nobody reads our standard error any more; there is no better place to say so.
  }
}
