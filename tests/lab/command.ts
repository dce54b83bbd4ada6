/** How a command of the lab ended. `exit` is absent where it passed its deadline. */
export interface Ended {
  readonly exit?: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Passed, the command is killed; a minute unless told. */
  readonly timeoutMs?: number;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end or its deadline, whichever is first.
 *
 * Past the deadline nothing more is awaited, not even the ends of its streams: in a paused host a grandchild may hold
 * them for ever.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { timeoutMs = 60_000, stdin, env } = options;
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    env,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) await feed(child, stdin);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const status = await Promise.race([
    Promise.all([child.status, stdout.done, stderr.done]).then(([it]) => it),
    late,
  ]);
  clearTimeout(timer);
  if (!status) {
    child.kill("SIGKILL");
    await Promise.all([stdout.stop(), stderr.stop()]);
  }
  return { exit: status?.code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Runs a command that has to succeed; throws with its words where it does not. Returns what it printed. */
export async function must(argv: readonly string[], options?: RunOptions): Promise<string> {
  const { exit, stdout, stderr } = await run(argv, options);
  if (exit === 0) return stdout;
  throw new Error(`"${argv.join(" ")}" ended with ${exit ?? "its deadline"}: ${stderr || stdout}`);
}

async function feed(child: Deno.ChildProcess, stdin: string): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
}

function collect(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const done = (async () => {
    for (;;) {
      const chunk = await reader.read();
      if (chunk.done) return;
      text += decoder.decode(chunk.value, { stream: true });
    }
  })().catch(() => {});
  return { done, text: () => text, stop: () => reader.cancel().catch(() => {}) };
}

/** Starts a process in a session of its own, so that a Ctrl-C at the terminal does not reach it, and lets it be. */
export function startApart(argv: readonly string[], env?: Readonly<Record<string, string>>): void {
  new Deno.Command("setsid", {
    args: [...argv],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  })
    .spawn().unref();
}
