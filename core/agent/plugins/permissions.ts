import { type LookupQuery, type LookupScope, lookupScope } from "../../mesh/mod.ts";
import { fail, type ProblemParts } from "../../base/mod.ts";
import type { Files } from "../../ports/mod.ts";
import type { Effect } from "../../plan/mod.ts";
import {
  classifyCommand,
  type HostFacts,
  type HostFunctionInputs,
  isCommandAllowed,
  type Item,
  type Manifest,
  type PathMatch,
  PathPatterns,
} from "../../plugin/mod.ts";

/** What a plugin may do in one call: its manifest, for this host and these items. Deny by default. */
export class Permissions {
  readonly #manifest: Manifest;
  readonly #files: Files;
  readonly #reads: PathPatterns;
  readonly #writes: PathPatterns;
  readonly #artifacts: ReadonlyMap<string, string>;

  constructor(manifest: Manifest, files: Files, host: HostFacts, items: readonly Item[]) {
    const names = items.map((item) => item.name);
    this.#manifest = manifest;
    this.#files = files;
    this.#reads = new PathPatterns(
      [...manifest.reads, ...manifest.writes],
      host.paths,
      names,
    );
    this.#writes = new PathPatterns(manifest.writes, host.paths, names);
    this.#artifacts = new Map(
      items.flatMap((item) =>
        Object.values(item.artifacts).map(({ path, digest }) => [path, digest] as const)
      ),
    );
  }

  /** Returns whether a command observes or changes; refuses one that the manifest does not declare. */
  classify(input: HostFunctionInputs["exec"]): "observe" | "change" {
    const kind = classifyCommand(input.argv, this.#manifest.commands);
    if (kind !== "observe" && kind !== "change") {
      deny(`Its manifest declares no command that ${quoteArgv(input.argv)} matches`, {
        fix: "Declare the command under commands in its manifest, as observe or as change",
      });
    }
    this.#checkEnvironment(input.env);
    if (input.cwd !== undefined && !this.#reads.match(input.cwd)) {
      deny(`Its manifest does not let it run a command in "${input.cwd}"`);
    }
    return kind;
  }

  /** Refuses a command answered to `interact` or `logs` that the manifest does not declare. */
  checkAttach(argv: readonly string[]): void {
    if (isCommandAllowed(argv, this.#manifest.commands, "attach")) return;
    deny(`Its manifest declares no command to attach to that ${quoteArgv(argv)} matches`, {
      fix: "Declare the command under commands in its manifest, as attach",
    });
  }

  /** Refuses a path that may not be read, or that leads elsewhere by a symbolic link. */
  async checkRead(path: string): Promise<void> {
    const match = this.#reads.match(path) ?? deny(`Its manifest does not let it read "${path}"`, {
      fix: "Declare the path under reads in its manifest",
    });
    await this.#checkLinks(match, match.rest.length);
  }

  /** Refuses an effect that the manifest does not allow. A command's own check is `classify`. */
  async checkEffect(effect: Effect): Promise<void> {
    if ("write" in effect) {
      await this.#checkWrite(effect.write.path);
      const { artifact } = effect.write;
      if (artifact && this.#artifacts.get(artifact.path) !== artifact.digest) {
        deny(`"${artifact.path}" is no artifact of the items that it was asked about`);
      }
    } else if ("remove" in effect) {
      await this.#checkWrite(effect.remove.path);
    } else if ("spawn" in effect) {
      const { argv, pidPath, logPath } = effect.spawn;
      if (!isCommandAllowed(argv, this.#manifest.commands, "spawn")) {
        deny(`Its manifest declares no process to spawn that ${quoteArgv(argv)} matches`);
      }
      await this.#checkWrite(pidPath);
      await this.#checkWrite(logPath);
    } else if ("end" in effect) {
      await this.#checkWrite(effect.end.pidPath);
    }
  }

  /** Refuses a call to a plugin that the manifest does not name. */
  checkCall(plugin: string): void {
    if (this.#manifest.calls.includes(plugin)) return;
    deny(`Its manifest does not let it call plugin "${plugin}"`, {
      fix: "Declare the plugin under calls in its manifest",
    });
  }

  /** Refuses a lookup beyond what the manifest lets it see; else returns whose instances are asked for. */
  checkLookup(query: LookupQuery, service: string): LookupScope {
    const scope = lookupScope(query, { service, sees: this.#manifest.sees });
    if (typeof scope !== "string") return scope;
    return deny(`Its manifest does not let it ${scope}`, {
      fix: `Declare "sees: ${this.#manifest.sees ? "namespace" : "service"}" in its manifest`,
    });
  }

  /** Refuses a URL whose host and port the manifest does not name. */
  checkReach(url: string): void {
    const target = URL.parse(url) ?? deny(`"${url}" is not a URL`);
    const port = target.port || (target.protocol === "https:" ? "443" : "80");
    const isDeclared = this.#manifest.reaches.some((each) => {
      const colon = each.lastIndexOf(":");
      const [host, wanted] = [each.slice(0, colon), each.slice(colon + 1)];
      return (host === "*" || host === target.hostname) && (wanted === "*" || wanted === port);
    });
    if (isDeclared && /^https?:$/.test(target.protocol)) return;
    deny(`Its manifest does not let it reach "${target.hostname}:${port}"`, {
      fix: "Declare the host and port under reaches in its manifest",
    });
  }

  async #checkWrite(path: string): Promise<void> {
    const match = this.#writes.match(path) ?? deny(`Its manifest does not let it write "${path}"`, {
      fix: "Declare the path under writes in its manifest",
    });
    // The last name is replaced or removed itself; only what leads to it could lead elsewhere.
    await this.#checkLinks(match, match.rest.length - 1);
  }

  async #checkLinks({ fixed, rest }: PathMatch, depth: number): Promise<void> {
    let path = fixed === "/" ? "" : fixed;
    for (const name of rest.slice(0, depth)) {
      path += `/${name}`;
      const info = await this.#files.stat(path);
      if (info === undefined) return;
      if (info.kind === "symlink") {
        deny(`"${path}" is a symbolic link: it may lead out of what the manifest allows`);
      }
    }
  }

  #checkEnvironment(env: Readonly<Record<string, string>> = {}): void {
    const name = Object.keys(env).find((each) => !this.#manifest.environment.includes(each));
    if (name === undefined) return;
    deny(`Its manifest does not let it set "${name}" in the environment of a command`, {
      fix: "Declare the name under environment in its manifest",
    });
  }
}

/** Throws what is completed, with plugin and item, by whoever called. */
function deny(why: string, parts: Partial<ProblemParts> = {}): never {
  fail("PLUGIN_PERMISSION", { what: "", why, ...parts });
}

function quoteArgv(argv: readonly string[]): string {
  const text = argv.map((each) => /^[\w@%+=:,./-]+$/.test(each) ? each : JSON.stringify(each))
    .join(" ");
  return `"${text.length > 200 ? `${text.slice(0, 200)}…` : text}"`;
}
