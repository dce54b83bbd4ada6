import { exec, readFile } from "../../plugin-pdk/assemblyscript/mod";

/** A socket that listens on this host. */
export class Listener {
  constructor(
    /** `tcp` or `udp`. */
    readonly protocol: string,
    readonly address: string,
    readonly port: i64,
    /** The command and pid of whoever has it, in pairs; empty where we may not see. */
    readonly commands: string[],
    readonly pids: i64[],
    /** The user that has it, where only that is known; -1 otherwise. */
    readonly uid: i64,
  ) {}

  /** Returns who listens, for people: `python3 (pid 812)`. */
  describe(): string {
    if (this.pids.length > 0) return `${this.commands[0]} (pid ${this.pids[0]})`;
    if (this.uid >= 0) return `a process of user ${this.uid} (install ss of iproute2 to see which)`;
    return "a process of another user (as root, ss -lntup tells which)";
  }
}

/** Returns every listening socket: by `ss`, or where there is none, by the kernel's own tables. */
export function findListeners(): Listener[] {
  const result = exec(["ss", "-Hlntup"]);
  if (result.isOk) return parseSocketStatistics(result.stdout);
  const listeners: Listener[] = [];
  addTable(listeners, "tcp", "/proc/net/tcp", "0A");
  addTable(listeners, "tcp", "/proc/net/tcp6", "0A");
  addTable(listeners, "udp", "/proc/net/udp", "07");
  addTable(listeners, "udp", "/proc/net/udp6", "07");
  return listeners;
}

/** Reads lines such as `tcp LISTEN 0 5 0.0.0.0:8080 0.0.0.0:* users:(("python3",pid=812,fd=3))`. */
function parseSocketStatistics(text: string): Listener[] {
  const listeners: Listener[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const words = splitWords(lines[i]);
    if (words.length < 6) continue;
    const colon = words[4].lastIndexOf(":");
    const commands: string[] = [];
    const pids: i64[] = [];
    for (let w = 6; w < words.length; w++) readUsers(words.slice(w).join(" "), commands, pids);
    const port = parseInt(words[4].substring(colon + 1)) as i64;
    const address = plainAddress(words[4].substring(0, colon));
    listeners.push(new Listener(words[0], address, port, commands, pids, -1));
  }
  return listeners;
}

/** Reads `users:(("nginx",pid=7,fd=3),("nginx",pid=8,fd=3))` once; later words of the line are part of it. */
function readUsers(text: string, commands: string[], pids: i64[]): void {
  if (!text.startsWith("users:(")) return;
  const parts = text.split('("');
  for (let i = 1; i < parts.length; i++) {
    const quote = parts[i].indexOf('",pid=');
    if (quote < 0) continue;
    commands.push(parts[i].substring(0, quote));
    pids.push(parseInt(parts[i].substring(quote + 6)) as i64);
  }
}

/** Reads lines such as `0: 0100007F:1F90 00000000:0000 0A … uid …` (proc(5)). */
function addTable(listeners: Listener[], protocol: string, path: string, state: string): void {
  const file = readFile(path);
  if (file === null) return;
  const lines = file.text.split("\n");
  for (let i = 1; i < lines.length; i++) {
    const words = splitWords(lines[i]);
    if (words.length < 8 || words[3] != state) continue;
    const colon = words[1].lastIndexOf(":");
    const port = parseInt(words[1].substring(colon + 1), 16) as i64;
    const address = kernelAddress(words[1].substring(0, colon));
    listeners.push(new Listener(protocol, address, port, [], [], parseInt(words[7]) as i64));
  }
}

/** Returns an address of the kernel's tables as people write it; one of IPv6 only where it means "any". */
function kernelAddress(hex: string): string {
  if (hex.length != 8) return hex == "0".repeat(32) ? "::" : hex;
  const parts: string[] = [];
  for (let at = 6; at >= 0; at -= 2) {
    parts.push((parseInt(hex.substr(at, 2), 16) as i32).toString());
  }
  return parts.join(".");
}

/** Takes the brackets and the interface off an address: `[::]`, `127.0.0.53%lo`. */
function plainAddress(text: string): string {
  let address = text.startsWith("[") ? text.substring(1, text.length - 1) : text;
  const percent = address.indexOf("%");
  if (percent >= 0) address = address.substring(0, percent);
  return address.startsWith("::ffff:") ? address.substring(7) : address;
}

/** Whether an address means every address of the host. */
export function isAnyAddress(address: string): bool {
  return address == "" || address == "*" || address == "0.0.0.0" || address == "::";
}

function splitWords(line: string): string[] {
  const words: string[] = [];
  const parts = line.split(" ");
  for (let i = 0; i < parts.length; i++) if (parts[i].length > 0) words.push(parts[i]);
  return words;
}
