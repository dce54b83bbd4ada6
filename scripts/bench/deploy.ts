import type { BenchRow, PreparedBench } from "../bench_row.ts";
import { timeMs } from "../bench_row.ts";
import { BenchAgent, markAndSleep, sleepersTemplate, untilMarked } from "../bench_agent.ts";
import { undoable } from "../bench_undos.ts";

type Systemd = "system" | "user" | "none";

/** What an agent costs over what has to happen in any case: the same process started by hand. */
export const rows: readonly BenchRow[] = [
  deployRow("deploy: one bare process, until it runs", 1, {
    rounds: 15,
    target: { overFloorAtMost: 50 },
    until: "runs",
  }),
  deployRow("deploy: one bare process, until it counts as ready", 1, {
    rounds: 5,
    until: "ready",
  }),
  deployRow("deploy: 100 bare processes, until they run", 100, { rounds: 3, until: "runs" }),
  deployRow("deploy: 100 bare processes, until they count as ready", 100, {
    rounds: 3,
    until: "ready",
  }),
];

function deployRow(
  name: string,
  count: number,
  options: {
    readonly rounds: number;
    readonly until: "runs" | "ready";
    readonly target?: BenchRow["target"];
  },
): BenchRow {
  return {
    name,
    unit: "ms",
    rounds: options.rounds,
    target: options.target,
    prepare: () => prepare(count, options.until),
  };
}

async function prepare(count: number, wanted: "runs" | "ready"): Promise<PreparedBench> {
  const agent = await BenchAgent.start();
  const [{ systemd }] = await agent.client.call("hosts", {});
  await agent.register("sleepers", sleepersTemplate(count));
  let samples = 0;
  return {
    floorName: systemd === "none"
      ? "plain detached spawn; no systemd here"
      : "write units + daemon-reload + start",
    sample: async () => {
      const marks = await agent.newMarks();
      const service = `s${samples++}`;
      let generation = 0;
      const ms = await timeMs(async () => {
        const deploying = agent.deploy(service, "sleepers", { mark: marks });
        if (wanted === "runs") await untilMarked(marks, count);
        generation = await deploying;
        if (wanted === "ready") await agent.settled(service, generation);
      });
      await agent.settled(service, generation);
      await agent.remove(service);
      return ms;
    },
    floor: async () => {
      const marks = await agent.newMarks();
      return systemd === "none"
        ? await spawnPlainly(marks, count)
        : await startUnits(systemd, marks, count);
    },
    close: () => agent.close(),
  };
}

async function spawnPlainly(marks: string, count: number): Promise<number> {
  const children: Deno.ChildProcess[] = [];
  const command = new Deno.Command("sh", {
    args: ["-c", markAndSleep],
    env: { MARK: marks },
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const end = undoable(async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => child.status));
  });
  try {
    return await timeMs(async () => {
      for (let index = 0; index < count; index++) children.push(command.spawn());
      await untilMarked(marks, count);
    });
  } finally {
    await end();
  }
}

/** Does what a person with root or a user's manager would: units, one `daemon-reload`, one `start`. */
async function startUnits(systemd: Systemd, marks: string, count: number): Promise<number> {
  const isUsers = systemd === "user";
  const folder = isUsers
    ? `${Deno.env.get("XDG_RUNTIME_DIR")}/systemd/user`
    : "/run/systemd/system";
  await Deno.mkdir(folder, { recursive: true });
  const units = Array.from({ length: count }, (_, at) => `khutulun-bench-floor-${at}.service`);
  const systemctl = (...args: string[]) => run("systemctl", isUsers ? ["--user", ...args] : args);
  const end = undoable(async () => {
    await systemctl("stop", ...units);
    for (const unit of units) await Deno.remove(`${folder}/${unit}`).catch(() => {});
    await systemctl("daemon-reload");
  });
  try {
    return await timeMs(async () => {
      for (const unit of units) await Deno.writeTextFile(`${folder}/${unit}`, unitText(marks));
      await systemctl("daemon-reload");
      await systemctl("start", ...units);
      await untilMarked(marks, count);
    });
  } finally {
    await end();
  }
}

function unitText(marks: string): string {
  const command = markAndSleep.replaceAll("$", "$$$$").replaceAll('"', "");
  return `[Service]\nEnvironment=MARK=${marks}\nExecStart=/bin/sh -c "${command}"\n`;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
