import { ProblemError } from "../base/mod.ts";
import type { AttachElsewhere } from "../agent/mod.ts";
import type { AttachedProcess, TerminalSize, TerminalWish } from "../ports/mod.ts";
import type { Client } from "./client.ts";
import { ProblemsError, toProblems } from "./problems_error.ts";

/** How much of a command's output may wait here for who reads it slowly. */
const waitingBytesMax = 1024 * 1024;

/**
 * Attaches what runs on another host, through the API of its agent: it looks like a process of this one. A command that
 * cannot be run fails its `exit`; of logs, why there are none is said on standard error.
 */
export function attachThrough(
  client: Client,
  request: AttachElsewhere,
  terminal?: TerminalWish,
): AttachedProcess {
  const { show } = request;
  return "logs" in show
    ? showLogs(client, request, show.logs)
    : runCommand(client, request, show.exec, terminal);
}

function showLogs(
  client: Client,
  { host, ref, instance }: AttachElsewhere,
  { lines, follow }: { readonly lines: number; readonly follow: boolean },
): AttachedProcess {
  const stop = new AbortController();
  const outputs = { stdout: new Output(), stderr: new Output() };
  const exit = (async () => {
    const path = { namespace: ref.namespace, name: ref.service };
    const query = { instance, lines, follow, here: true };
    try {
      for await (const { stream, text } of client.stream("logs", { path, query }, stop.signal)) {
        await outputs[stream].write(encoder.encode(`${text}\n`));
      }
      return 0;
    } catch (error) {
      if (stop.signal.aborted) return 143;
      await outputs.stderr.write(encoder.encode(`${whyNoMore(error, host.id)}\n`));
      return 1;
    } finally {
      for (const output of Object.values(outputs)) output.close();
    }
  })();
  return {
    stdin: new WritableStream(),
    stdout: outputs.stdout.stream,
    stderr: outputs.stderr.stream,
    exit,
    kill: () => stop.abort(),
  };
}

/** Returns why a log ends that was to go on; what the other agent has not said is that it went away. */
function whyNoMore(error: unknown, host: string): string {
  if (!(error instanceof ProblemsError) && !(error instanceof ProblemError)) {
    return `The log ends here: the agent of host "${host}" went away`;
  }
  const [{ what, why }] = toProblems(error, "show the log");
  return why ? `${what}: ${why}` : what;
}

function runCommand(
  client: Client,
  { host, ref, instance }: AttachElsewhere,
  argv: readonly string[],
  terminal: TerminalWish | undefined,
): AttachedProcess {
  const stop = new AbortController();
  const stdin = new TransformStream<Uint8Array, Uint8Array>();
  const [stdout, stderr] = [new Output(), new Output()];
  const resized = new Set<(size: TerminalSize) => void>();
  const path = { namespace: ref.namespace, name: ref.service };
  const query = {
    instance,
    argv: [...argv],
    here: true,
    ...(terminal && { rows: terminal.rows, columns: terminal.columns, term: terminal.type }),
  };
  const exit = client.exec({ path, query }, {
    stdin: stdin.readable,
    stdout: (bytes) => stdout.write(bytes),
    stderr: (bytes) => stderr.write(bytes),
    onResize: (callback) => {
      resized.add(callback);
      return () => resized.delete(callback);
    },
  }, stop.signal).catch((error) => {
    throw error instanceof ProblemsError ? ofHost(error, host.id) : error;
  }).finally(() => {
    stdout.close();
    stderr.close();
  });
  exit.catch(() => {}); // whoever waits for it is told
  return {
    stdin: stdin.writable,
    stdout: stdout.stream,
    stderr: stderr.stream,
    exit,
    kill: () => stop.abort(new Error("The command was ended")),
    ...(terminal && {
      resize: (size: TerminalSize) => {
        for (const callback of resized) callback(size);
      },
    }),
  };
}

/** Says of problems on which host they are: whoever reads them is at another one. */
function ofHost({ problems }: ProblemsError, host: string): ProblemsError {
  return new ProblemsError(problems.map((each) =>
    each.code === "API_CONNECTION_LOST"
      ? {
        ...each,
        what: `Cannot go on running the command: the agent of host "${host}" went away`,
        fix: `Look whether the host is alive: khutulun host show ${host}`,
      }
      : { ...each, where: { host, ...each.where } }
  ));
}

/** A stream that is written to as bytes come, and read as fast as its reader can. */
class Output {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOpen = true;
  #wake: (() => void) | undefined;

  constructor() {
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#wake?.(),
      cancel: () => {
        this.#isOpen = false;
        this.#wake?.();
      },
    }, { highWaterMark: waitingBytesMax, size: (bytes) => bytes.byteLength });
  }

  /** Resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#isOpen) return;
    this.#controller.enqueue(bytes);
    while (this.#isOpen && (this.#controller.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    if (this.#isOpen) this.#controller.close();
    this.#isOpen = false;
    this.#wake?.();
  }
}

const encoder = new TextEncoder();
