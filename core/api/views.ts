/** One line of an instance's log. */
export interface LogLine {
  readonly instance: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}
