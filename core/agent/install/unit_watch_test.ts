import assert from "node:assert/strict";
import type { Problem } from "../../base/mod.ts";
import type { Command, CommandResult } from "../../ports/mod.ts";
import { watchAgentUnit } from "./unit_watch.ts";

interface Seen {
  readonly active?: string;
  readonly restarts?: number;
  /** As waitid(2) has it: 1 for an exit, 2 for a signal. */
  readonly code?: number;
  readonly status?: number;
  readonly pid?: number;
}

/** Looks once for each condition, and returns what came of each look, and what was run. */
async function look(seen: readonly (Seen | "silent")[], mode: "system" | "user" = "system") {
  const lines: string[] = [];
  const left = [...seen];
  const run = ({ argv }: Command): Promise<CommandResult> => {
    lines.push(argv.join(" "));
    if (argv[0] === "journalctl") return answer("GOSSIP_PORT_TAKEN\n  what: Cannot listen\n");
    const it = left.shift()!;
    if (it === "silent") return answer("", 1);
    return answer(
      `ActiveState=${it.active ?? "activating"}\nResult=exit-code\nNRestarts=${
        it.restarts ?? 0
      }\n` +
        `ExecMainCode=${it.code ?? 1}\nExecMainStatus=${it.status ?? 1}\n` +
        `ExecMainPID=${it.pid ?? 42}\n`,
    );
  };
  const trouble = watchAgentUnit({ processes: { run }, host: "h1", mode, environment: {} });
  const problems: (Problem | undefined)[] = [];
  for (const _ of seen) problems.push(await trouble());
  return { problems, lines };
}

function answer(stdout: string, exit = 0): Promise<CommandResult> {
  return Promise.resolve({ exit, stdout, stderr: "", truncated: false });
}

Deno.test("watchAgentUnit() waits while the agent may yet come up", async () => {
  const { problems, lines } = await look([
    { active: "activating", restarts: 7 }, // of an earlier life
    { active: "active", restarts: 8 },
    "silent",
    { active: "activating", restarts: 9 },
  ]);
  assert.deepEqual(problems, [undefined, undefined, undefined, undefined]);
  assert.ok(lines.every((line) => line.startsWith("systemctl show ")));
});

Deno.test("watchAgentUnit() tells of an agent that ends again and again, with its last words", async () => {
  const { problems: [, problem], lines } = await look([{ restarts: 1 }, { restarts: 4, pid: 99 }]);
  assert.equal(problem?.code, "AGENT_UNIT_FAILED");
  assert.equal(
    problem.why,
    "It ended 3 times, the last time with exit code 1, and said:\n" +
      "GOSSIP_PORT_TAKEN\n  what: Cannot listen",
  );
  assert.match(problem.fix ?? "", /systemd goes on.*journalctl -u khutulun\.service/);
  assert.match(lines.at(-1)!, /^journalctl .* _PID=99$/);
});

Deno.test("watchAgentUnit() tells at once of a unit that nobody starts again", async () => {
  const { problems: [problem], lines } = await look(
    [{ active: "failed", code: 2, status: 9 }],
    "user",
  );
  assert.match(problem?.why ?? "", /^It ended by signal 9, and said/);
  assert.match(problem?.fix ?? "", /start it: systemctl --user restart.*journalctl --user -u/);
  assert.match(lines[0], /^systemctl --user show /);
});

Deno.test("watchAgentUnit() tells how the last one ended while the next one runs", async () => {
  const { problems, lines } = await look([
    { restarts: 0, code: 0, pid: 7 },
    { restarts: 3, code: 0, pid: 10 }, // none was seen that has ended
    { restarts: 3, status: 5, pid: 10 },
    { restarts: 4, code: 0, pid: 11 },
  ]);
  assert.deepEqual(problems.slice(0, 2), [undefined, undefined]);
  assert.match(problems[2]?.why ?? "", /^It ended 3 times, the last time with exit code 5/);
  assert.match(problems[3]?.why ?? "", /^It ended 4 times, the last time with exit code 5/);
  assert.match(lines.at(-1)!, /_PID=10$/);
});

Deno.test("watchAgentUnit() says nothing of words where no process has run", async () => {
  const { problems: [problem], lines } = await look([{ active: "failed", code: 0, pid: 0 }]);
  assert.equal(problem?.why, "Its unit has stopped (exit-code)");
  assert.equal(lines.length, 1);
});
