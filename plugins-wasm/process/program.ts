import { Host, Item, Json, panic } from "../../plugin-pdk/assemblyscript/mod";

/** The program of an item, as its node's properties say; checked, so that nothing is passed over. */
export class Program {
  readonly command: string[];
  readonly environment: Json;
  readonly directory: string;
  readonly user: string;
  readonly group: string;
  readonly restart: string;
  readonly restartMs: i64;
  readonly stopMs: i64;
  /** It is stopped while its host is isolated: it must never run twice, or a policy says so. */
  readonly fenced: bool;
  /** At most so many starts within that time; 0 for as many as it takes. */
  readonly restartLimit: i64;
  readonly restartWithinMs: i64;

  constructor(private readonly item: Item) {
    const json = item.properties;
    this.command = json.at("command").asTexts();
    this.environment = json.objectOr("environment");
    this.directory = json.textOr("working_directory", "");
    this.user = json.textOr("user", "");
    this.group = json.textOr("group", "");
    this.restart = json.textOr("restart", "on-failure");
    this.fenced = json.booleanOr("exclusive", false) ||
      json.booleanOr("stops_when_isolated", false);
    this.restartLimit = json.integerOr("restart_limit", 0);
    this.restartWithinMs = durationMs(item, "restart_within", 0);
    this.restartMs = durationMs(item, "restart_delay", 1_000);
    this.stopMs = durationMs(item, "stop_timeout", 10_000);
  }

  /** Refuses what cannot be done, or not done on this host. */
  check(host: Host): void {
    this.checkCommand();
    this.checkEnvironment();
    if (this.directory.length > 0 && !this.directory.startsWith("/")) {
      this.refuse(`working_directory must be an absolute path, found "${this.directory}"`);
    }
    if (hasControl(this.directory)) this.refuse("working_directory holds control characters");
    this.checkName("user", this.user);
    this.checkName("group", this.group);
    if (host.mode == "user" && (this.user.length > 0 || this.group.length > 0)) {
      this.refuse("user and group can be chosen in system mode only");
    }
    if (this.restart != "always" && this.restart != "on-failure" && this.restart != "no") {
      this.refuse(`restart must be "always", "on-failure" or "no", found "${this.restart}"`);
    }
  }

  private checkCommand(): void {
    if (this.command.length == 0 || this.command[0].length == 0) {
      this.refuse("command must begin with a program");
    }
    // systemd gives these a meaning at the beginning of a command, and no quoting takes it away.
    if ("-@:+!|".includes(this.command[0].charAt(0))) {
      this.refuse(`command must begin with a program, found "${this.command[0]}"`);
    }
  }

  private checkEnvironment(): void {
    const names = this.environment.keys();
    for (let i = 0; i < names.length; i++) {
      this.environment.at(names[i]).asText();
      if (!isVariable(names[i])) this.refuse(`environment has "${names[i]}", which is no name`);
    }
  }

  private checkName(property: string, name: string): void {
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      const isWord = isAlphanumeric(code) || code == 0x5f || code == 0x2d || code == 0x2e;
      if (!isWord) this.refuse(`${property} must be a name, found "${name}"`);
    }
  }

  private refuse(why: string): void {
    panic(`${this.item.id}: ${why}`);
  }
}

/** Returns a duration in milliseconds: a number of seconds, or a text such as `1.5 s`. */
function durationMs(item: Item, name: string, otherwiseMs: i64): i64 {
  const found = item.properties.find(name);
  if (found === null) return otherwiseMs;
  const words = found.asText().split(" ");
  const amount = parseFloat(words[0]);
  const unitMs = words.length == 2 ? unitOf(words[1]) : 0;
  if (isNaN(amount) || amount < 0 || unitMs == 0) {
    panic(`${item.id}: ${name} must be a duration such as "1.5 s", found "${found.asText()}"`);
  }
  return Math.ceil(amount * unitMs) as i64;
}

function unitOf(name: string): f64 {
  if (name == "ns") return 0.000001;
  if (name == "us") return 0.001;
  if (name == "ms") return 1;
  if (name == "s") return 1_000;
  if (name == "m") return 60_000;
  if (name == "h") return 3_600_000;
  if (name == "d") return 86_400_000;
  return 0;
}

function isVariable(name: string): bool {
  if (name.length == 0) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code != 0x5f && !isAlphanumeric(code)) return false;
  }
  const first = name.charCodeAt(0);
  return first < 0x30 || first > 0x39;
}

function isAlphanumeric(code: i32): bool {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a);
}

function hasControl(text: string): bool {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}
