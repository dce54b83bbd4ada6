import assert from "node:assert/strict";

/** What a person does at a terminal. */
export interface Sitting {
  /** What is typed at first: the program that has the terminal then. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `wait TEXT`, `type TEXT` (escapes as Python's), `size ROWS COLUMNS`, `signal NAME`, one a line. */
  readonly script: readonly string[];
}

/** How it went. */
export interface Played {
  readonly said: string;
  /** Less than 0: minus the signal that ended it. */
  readonly code: number;
  /** Whether the terminal is as it was before. */
  readonly restored: boolean;
}

/** Lets a person sit at a terminal of 40 rows and 120 columns. Needs `python3`. */
export async function personAtTerminal({ argv, env, script }: Sitting): Promise<Played> {
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", person, script.join("\n"), ...argv],
    env: { DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const person = `
import codecs, fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

master, slave = pty.openpty()
resize(40, 120)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(slave, number)
    os.close(master)
    os.execvp(sys.argv[2], sys.argv[2:])

said = ""

def hear(seconds):
    global said
    if select.select([master], [], [], seconds)[0]:
        said += os.read(master, 65536).decode(errors="replace")

def wait(text):
    deadline = time.time() + 60
    while text not in said and time.time() < deadline:
        hear(0.1)
    if text not in said:
        os.kill(pid, signal.SIGKILL)
        sys.exit("waited for " + text + ", heard " + repr(said))

for line in sys.argv[1].splitlines():
    verb, _, rest = line.partition(" ")
    if verb == "wait":
        wait(rest)
    elif verb == "type":
        os.write(master, codecs.decode(rest, "unicode_escape").encode())
    elif verb == "size":
        resize(*map(int, rest.split()))
    elif verb == "signal":
        os.kill(pid, getattr(signal, rest))
deadline = time.time() + 60
while time.time() < deadline:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    hear(0.05)
else:
    os.kill(pid, signal.SIGKILL)
    sys.exit("it does not end, heard " + repr(said))
while select.select([master], [], [], 0)[0]:
    hear(0)
print(json.dumps({"said": said, "code": os.waitstatus_to_exitcode(status), "restored": termios.tcgetattr(slave) == before}))
`;
