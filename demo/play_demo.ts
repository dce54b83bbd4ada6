import { bold, type Program, Session } from "./session.ts";

const service = "hello";
const example = "examples/hello-world";

export interface DemoOptions {
  /** How `khutulun` is started. */
  readonly program: Program;
  /** Leaves the cluster running, and says where it is and what to try next. */
  readonly keep: boolean;
  /** Done before the first command. */
  readonly prepare?: () => Promise<void>;
}

/**
 * Plays a session with a cluster of one, from nothing to nothing: each command is printed as it is run, with its real
 * output. Returns the exit code.
 */
export async function playDemo({ program, keep, prepare }: DemoOptions): Promise<number> {
  const startMs = Date.now();
  const session = await Session.open("demo", program);
  const onSignal = async () => {
    console.error("\nInterrupted: taking everything away");
    await session.close();
    Deno.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  try {
    await prepare?.();
    const url = await run(session);
    if (keep) return leave(session, url);
    await takeAway(session);
    const seconds = Math.round((Date.now() - startMs) / 100) / 10;
    console.log(`\nThat was all of it, in ${seconds} s. Nothing is left of it on this machine.`);
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${(error as Error).message}`);
    const log = await Deno.readTextFile(session.agentLog).catch(() => "");
    if (log) console.error(`\nThe agent's last lines:\n${log.split("\n").slice(-25).join("\n")}`);
    await session.close();
    return 1;
  }
}

/** The session itself; returns where the page is. */
async function run(session: Session): Promise<string> {
  say(`A cluster of one. All that it has is below ${session.directory}`);
  console.log(`\n${bold(`$ export KHUTULUN_ROOT=${session.directory}`)}`);
  await session.startAgent(["--name", "demo", "--address", "127.0.0.1"]);
  const [host] = await session.ask("host", "list");
  say(
    host.systemd === "none"
      ? "Processes run under the agent's own supervision: no systemd manager serves this user here"
      : `Processes run as units of systemd (the ${host.systemd}'s manager)`,
  );
  await session.show("host", "list");

  say("Deploy a service: a small web server, and a program that talks to it");
  await session.show("service", "deploy", service, example);
  await session.show("instance", "list");
  await session.show("connection", "list");
  say("The port is reserved by a file that names its holder");
  const claims = await Array.fromAsync(findFiles(`${session.directory}/state/hosts`, "/claims/"));
  await session.showCommand("tail", "-n", "+1", ...claims);
  await session.show("service", "output", service);
  const { url } = await session.ask("service", "output", service);
  await session.fetchPage(url);

  say("Deploying the same again has nothing to do");
  await session.show("service", "deploy", service, example);

  say("Change one property: the plan touches one unit, and says how");
  const greeting = "greeting=Good morning";
  await session.show("service", "plan", service, "--input", greeting);
  const plan = await session.ask("service", "plan", service, "--input", greeting);
  const touched = plan.service.changes.filter((each: { change: string }) =>
    each.change !== "unchanged"
  );
  check(touched.length === 1 && touched[0].id === "web-0", "the plan touches web-0 alone");
  await session.show("service", "deploy", service, "--input", greeting);
  check((await session.fetchPage(url)).includes("Good morning"), "the page says the new greeting");

  say("Kill the web server: it comes back");
  const pid = await pidOf(session, "web-0");
  await session.showCommand("kill", "-9", String(pid));
  await session.until("web-0 runs again", async () => {
    const now = await pidOf(session, "web-0");
    return now !== undefined && now !== pid && await answers(url);
  });
  await session.show("instance", "list", "-o", "wide");
  await session.fetchPage(url);
  await session.show("event", "list", service);
  await session.show("why", "web-0");
  return url;
}

/** Deletes the service, and looks for what might be left of it. */
async function takeAway(session: Session): Promise<void> {
  say("Delete the service: processes, files, claims and units go with it");
  const instances: { attributes: { pid?: number } }[] = await session.ask("instance", "list");
  const pids = instances.flatMap((each) => each.attributes.pid ?? []);
  check(pids.length >= 2, "at least two processes run");
  await session.show("service", "delete", service);
  await session.show("instance", "list");
  const { directory } = session;
  const left: string[] = [];
  left.push(...pids.filter(runs).map((pid) => `process ${pid}`));
  for (
    const [folder, part] of [["units", ""], ["run", ".pid"], ["var/data", ""], [
      "state",
      "/claims/",
    ]]
  ) {
    for await (const path of findFiles(`${directory}/${folder}`, part)) left.push(path);
  }
  check(left.length === 0, `nothing is left (found: ${left.join(", ")})`);
  say(
    `Nothing is left: none of the processes ${
      pids.join(", ")
    } runs, and there is no unit, no pid file,\n` +
      "no data and no claim of the service",
  );
  await session.stopAgent();
  await session.close();
  check(!isThere(directory), "the directory is gone");
}

function leave(session: Session, url: string): number {
  say("It goes on running. The page is at");
  console.log(`\n  ${url}\n`);
  say("What to try next");
  console.log(`
  export KHUTULUN_ROOT=${session.directory}
  khutulun() { ${session.program.argv.join(" ")} "$@"; }

  khutulun service show ${service}
  khutulun service logs ${service} --follow
  khutulun service exec ${service} web-0 -- sh -c 'env | sort'
  khutulun service script ${service}
  khutulun event list --watch
  ls -R $KHUTULUN_ROOT/state

and to take it all away

  khutulun service delete ${service}
  kill ${session.pid()}
  rm -r $KHUTULUN_ROOT`);
  return 0;
}

async function pidOf(session: Session, id: string): Promise<number | undefined> {
  const rows = await session.ask("instance", "list");
  return rows.find((each: { id: string }) => each.id === id)?.attributes.pid;
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(async (response) => {
    await response.body?.cancel();
    return response.ok;
  }, () => false);
}

/** Yields the files below a folder whose path has a part. */
async function* findFiles(folder: string, part: string): AsyncGenerator<string> {
  if (!isThere(folder)) return;
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(".")) continue; // locks and temporary files
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* findFiles(path, part);
    else if (path.includes(part)) yield path;
  }
}

/** A process that has ended may be there until its parent has heard of it. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`It is not so that ${what}`);
}

/** Says what comes next, as a comment in the session. */
export function say(text: string): void {
  console.log(`\n${text.split("\n").map((line) => `# ${line}`).join("\n")}`);
}
