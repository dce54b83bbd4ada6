/** What a command's exit code means. They are stable: scripts may count on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  input: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
  timeout: 7,
  notMember: 8,
  interrupted: 130,
  brokenPipe: 141,
} as const;

/** Each code with its meaning, as `khutulun help exit-codes` prints it. */
export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [exitCodes.ok, "Done, or nothing to do"],
  [exitCodes.failed, "It was tried and failed: the problem says on which host and why"],
  [exitCodes.usage, "The command line is not one that Khutulun takes"],
  [exitCodes.input, "A template, an input or a file is wrong; nothing was changed"],
  [exitCodes.notFound, "There is no such service, instance, host or package"],
  [exitCodes.conflict, "Somebody changed or holds it: a stale plan, a held claim, a second agent"],
  [exitCodes.unreachable, "The agent is not running, or this user may not speak to it"],
  [exitCodes.timeout, "It did not come within --timeout; the work goes on in the agent"],
  [
    exitCodes.notMember,
    "The host is of no cluster, or has left it: it has to join, and its unit stops",
  ],
  [exitCodes.interrupted, "Interrupted by Ctrl-C; the work goes on in the agent"],
  [exitCodes.brokenPipe, "Whoever read the output went away"],
];
