import type { FakeMachine, FakeProcess } from "./fake_machine.ts";

/** The name under which a guard is started: the word after its script. */
export const guardName = "khutulun-fence";

/**
 * Does what the shell script of a fence's guard does (`agent/hosts/fence.ts`): looks every so often whether its feed has changed, and
 * ends the processes on its list once it has not. `argv` ends with the feed, the list, and both times in seconds.
 */
export function guardLikeShell(machine: FakeMachine, guard: FakeProcess): void {
  const [feed, list, everySeconds, graceSeconds] = guard.argv.slice(-4);
  let last: string | undefined = "";
  const look = () => {
    if (!machine.isRunning(guard)) return;
    const now = textOf(machine, feed);
    if (now === undefined || now === last) return end();
    last = now;
    machine.clock.schedule(Number(everySeconds) * 1_000, look);
  };
  const end = () => {
    const doomed = listed(machine, list);
    for (const each of doomed) machine.terminate(each);
    machine.clock.schedule(Number(graceSeconds) * 1_000, () => {
      if (!machine.isRunning(guard)) return;
      for (const each of doomed) machine.exit(each);
      machine.exit(guard, 0);
    });
  };
  look();
}

/** The processes that a list's pid files name, as far as they run. */
function listed(machine: FakeMachine, list: string): FakeProcess[] {
  const lines = (textOf(machine, list) ?? "").split("\n").filter(Boolean);
  return lines.flatMap((line) => {
    const pidFile = line.split(" ")[2];
    const [pid, ticks] = (pidFile ? textOf(machine, pidFile) ?? "" : "").split(" ").map(Number);
    return machine.running().filter((each) => each.pid === pid && each.startTicks === ticks);
  });
}

function textOf({ disk }: FakeMachine, path: string): string | undefined {
  const node = disk.find(path);
  return node?.kind === "file" ? new TextDecoder().decode(node.bytes) : undefined;
}
