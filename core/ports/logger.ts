export type LogLevel = "debug" | "info" | "warning" | "error";

/** Where a room says what it does. Lines are for sysadmins: one sentence, then facts as fields. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
