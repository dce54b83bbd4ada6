import { type Ended, must, run, startApart } from "./command.ts";
import { addressOf, type Laboratory } from "./laboratory.ts";
import { cgroupRoot, cgroupRootV1 } from "./machine.ts";
import { killGroup, reap } from "./reap.ts";

const bootMsMax = 60_000;

/** What a host may do to the machine it is on is bounded: its clock and its modules are everybody's. */
const boundingSet = "-sys_time,-sys_module";

/** The environment of a root login, and nothing of the machine's. */
const loginEnvironment = [
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ...["HOME=/root", "USER=root", "LANG=C.UTF-8", "TERM=dumb"],
];

/** What a host stands on: a run of the lab, and the file system that is read-only below its own files. */
export type Ground = Omit<Laboratory, "lock"> & { readonly root: string };

/**
 * Makes the hosts `h1` to `h<count>` and boots them side by side. `made` gets each of them as soon as it is there, so that
 * whoever takes them away knows of all, also where one does not boot.
 */
export async function bootHosts(
  ground: Ground,
  count: number,
  made: Map<string, Host> = new Map(),
  diskSize?: string,
): Promise<Map<string, Host>> {
  for (let number = 1; number <= count; number++) {
    made.set(`h${number}`, await Host.create(ground, number, diskSize));
  }
  await Promise.all([...made.values()].map((host) => host.start()));
  return made;
}

/**
 * A machine of the lab: boots its own systemd in namespaces, with its own disk, network and tree of control groups.
 *
 * Everything that it is lies below `folder`, or has `name` in its name; `reap()` finds it there.
 */
export class Host {
  readonly #laboratory: Ground;
  readonly #number: number;
  readonly #folder: string;
  readonly #unique: string;
  readonly #group: string;

  private constructor(laboratory: Ground, readonly name: string, number: number) {
    this.#laboratory = laboratory;
    this.#number = number;
    this.#folder = `${laboratory.folder}/${name}`;
    this.#unique = `${laboratory.prefix}-${name}`;
    this.#group = `${cgroupRoot}/${this.#unique}`;
  }

  /** Makes a host `h<number>` of the lab, not booted yet. Its disk has `diskSize` (`500M`, `8G`). */
  static async create(laboratory: Ground, number: number, diskSize = "8G"): Promise<Host> {
    const host = new Host(laboratory, `h${number}`, number);
    await host.#makeDisk(diskSize);
    await host.#makeNetwork();
    return host;
  }

  /** Returns a host that another run made and kept. */
  static existing(place: Pick<Laboratory, "number" | "folder" | "prefix">, number: number): Host {
    return new Host({ ...place, shared: "", root: "" }, `h${number}`, number);
  }

  get address(): string {
    return addressOf(this.#laboratory.number, this.#number);
  }

  /** The host's files, as the machine sees them. */
  get root(): string {
    return `${this.#folder}/root`;
  }

  /**
   * Files of a host lie on a disk of its own, so that it can be filled; 5 % reserved for root would hide that it is
   * full. A machine id that is there already keeps systemd from taking the boot for the first, on which it enables
   * every unit that has a preset.
   */
  async #makeDisk(size: string): Promise<void> {
    const [folder, disk] = [this.#folder, `${this.#folder}/disk`];
    for (const path of [disk, this.root]) await Deno.mkdir(path, { recursive: true });
    await must(["mknod", "-m", "666", `${folder}/fuse`, "c", "10", "229"]);
    await must(["truncate", "-s", size, `${folder}/disk.img`]);
    await must([
      ...["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"],
      `${folder}/disk.img`,
    ]);
    await must(["mount", "-o", "loop", `${folder}/disk.img`, disk]);
    for (const name of ["upper", "work", "home"]) await Deno.mkdir(`${disk}/${name}`);
    const layers = `lowerdir=${this.#laboratory.root},upperdir=${disk}/upper,workdir=${disk}/work`;
    await must(["mount", "-t", "overlay", this.#unique, "-o", layers, this.root]);
    await must(["cp", "-a", `${this.root}/home/.`, `${disk}/home/`]);
    await must(["mount", "--bind", `${disk}/home`, `${this.root}/home`]);
    await this.#writeIdentity();
  }

  async #writeIdentity(): Promise<void> {
    const names = [1, 2, 3].map((number) =>
      `${addressOf(this.#laboratory.number, number)} h${number}`
    );
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(this.#unique));
    const files = {
      hostname: this.name,
      hosts: ["127.0.0.1 localhost", ...names].join("\n"),
      "machine-id": new Uint8Array(digest).slice(0, 16).toHex(),
    };
    for (const [file, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${this.root}/etc/${file}`, `${text}\n`);
    }
  }

  /** The address is there before the first unit starts, and outlives a power loss. */
  async #makeNetwork(): Promise<void> {
    const [name, bridge] = [this.#unique, this.#laboratory.prefix];
    const gateway = this.address.replace(/\d+$/, "1");
    const lines = [
      `netns add ${name}`,
      `link add ${name} type veth peer name eth0 netns ${name}`,
      `link set ${name} master ${bridge} up`,
      `-n ${name} link set lo up`,
      `-n ${name} link set eth0 up`,
      `-n ${name} address add ${this.address}/24 dev eth0`,
      `-n ${name} route add default via ${gateway}`,
    ];
    for (const line of lines) await must(["ip", ...line.split(" ")]);
  }

  /** Boots, and returns when systemd has started everything that it will. */
  async start(): Promise<void> {
    await Deno.mkdir(this.#group, { recursive: true });
    await this.#thaw();
    const groups = [this.#group];
    if (cgroupRootV1) groups.push(`${cgroupRootV1}/${this.#unique}`);
    for (const group of groups) await Deno.mkdir(group, { recursive: true });
    // The shell enters the host's control groups before it becomes the container manager, so that killing or freezing
    // the group reaches all of the host.
    const enter = groups.map((group) => `echo $$ > ${group}/cgroup.procs`).join(" && ");
    const console = `${this.#folder}/console.log`;
    startApart(
      ["sh", "-c", `${enter} && exec "$@" >>${console} 2>&1`, "sh", ...this.#bootCommand()],
      { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1", SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network" },
    );
    await this.#waitForSystemd(console);
  }

  #bootCommand(): string[] {
    return [
      ...["systemd-nspawn", "--quiet", "--boot", `--directory=${this.root}`],
      ...[`--machine=${this.#unique}`, `--hostname=${this.name}`, "--register=no", "--keep-unit"],
      ...[`--network-namespace-path=/run/netns/${this.#unique}`, "--resolv-conf=off"],
      ...["--timezone=off", "--link-journal=no", "--console=read-only"],
      `--bind=${this.#laboratory.shared}:/mnt/lab`,
      `--bind=${this.#folder}/fuse:/dev/fuse`,
      ...["--capability=all", "--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE"],
    ];
  }

  async #waitForSystemd(console: string): Promise<void> {
    const deadline = performance.now() + bootMsMax;
    while (performance.now() < deadline) {
      const init = await this.#init();
      if (init && await exists(`/proc/${init}/root/run/systemd/private`)) {
        const { stdout } = await this.exec(["systemctl", "is-system-running", "--wait"]);
        if (/^(running|degraded)/.test(stdout)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const tail = (await Deno.readTextFile(console).catch(() => "")).split("\n").slice(-15);
    throw new Error(`Host ${this.name} does not boot:\n${tail.join("\n")}`);
  }

  /** Returns where the machine finds a file of the running host, also one that is in the host's memory alone. */
  async seen(path: string): Promise<string> {
    const init = await this.#init();
    if (!init) throw new Error(`Host ${this.name} is not running`);
    return `/proc/${init}/root${path}`;
  }

  /** Returns the control group of a system service, as the machine sees it: there while the host's systemd runs the unit. */
  unitGroup(unit: string): string {
    return `${this.#group}/payload/system.slice/${unit}`;
  }

  /**
   * Returns the system services that have a process now and whose name begins so, by their control groups: nobody in the
   * host is asked.
   */
  async unitsAtWork(prefix: string): Promise<string[]> {
    const units: string[] = [];
    for (const unit of await namesIn(this.unitGroup(""))) {
      if (!unit.startsWith(prefix) || !unit.endsWith(".service")) continue;
      const events = await Deno.readTextFile(`${this.unitGroup(unit)}/cgroup.events`)
        .catch(() => "");
      if (events.includes("populated 1")) units.push(unit);
    }
    return units;
  }

  /** Returns the pid, on the machine, of the host's systemd. */
  async #init(): Promise<string | undefined> {
    const path = `${this.#group}/payload/init.scope/cgroup.procs`;
    return (await Deno.readTextFile(path).catch(() => "")).split("\n")[0] || undefined;
  }

  /** Returns a command that runs `argv` as root in the host, in its control group, with bounded capabilities. */
  async enterCommand(argv: readonly string[]): Promise<string[]> {
    const init = await this.#init();
    if (!init) throw new Error(`Host ${this.name} is not running`);
    const group = `${this.#group}/payload/lab`;
    return [
      ...["sh", "-c", `mkdir -p ${group} && echo $$ > ${group}/cgroup.procs && exec "$@"`, "sh"],
      ...["nsenter", "--target", init, "--all", "setpriv", `--bounding-set=${boundingSet}`],
      ...["env", "--ignore-environment", ...loginEnvironment, ...argv],
    ];
  }

  /** Runs a command as root in the host. */
  async exec(argv: readonly string[], timeoutMs = 60_000): Promise<Ended> {
    return await run(await this.enterCommand(argv), { timeoutMs });
  }

  /** Runs a command as a user in the host, inside the user's own systemd manager. */
  async execAs(user: string, argv: readonly string[], timeoutMs = 60_000): Promise<Ended> {
    return await this.exec([
      ...["systemd-run", "--user", `--machine=${user}@.host`, "--quiet", "--collect"],
      ...["--pipe", "--wait", "--", ...argv],
    ], timeoutMs);
  }

  /** Puts a file of the machine into the host. */
  async copyIn(from: string, to: string, mode = "0755"): Promise<void> {
    await must(["install", "-D", "-m", mode, from, `${this.root}${to}`]);
  }

  /** Shuts down in order and boots again. */
  async reboot(): Promise<void> {
    await this.exec(["systemctl", "poweroff"]);
    const deadline = performance.now() + bootMsMax;
    while (await this.#init() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await this.kill();
    await this.start();
  }

  /** Power loss. Its network stays, so peers see closed connections: `cut()` first for a silent loss. */
  async kill(): Promise<void> {
    await killGroup(this.#group);
  }

  /** Stops every process where it is; the kernel goes on answering pings and accepting connections. */
  async pause(): Promise<void> {
    await Deno.writeTextFile(`${this.#group}/cgroup.freeze`, "1");
  }

  async resume(): Promise<void> {
    await this.#thaw();
  }

  async #thaw(): Promise<void> {
    await Deno.writeTextFile(`${this.#group}/cgroup.freeze`, "0");
  }

  /** Pulls the cable. */
  async cut(): Promise<void> {
    await must(["ip", "link", "set", this.#unique, "down"]);
  }

  async heal(): Promise<void> {
    await must(["ip", "link", "set", this.#unique, "up"]);
  }

  /** Takes the host away while the lab goes on. */
  async destroy(): Promise<void> {
    await reap(this.#folder, this.#unique);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
  } catch {
    return []; // the host is down
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
