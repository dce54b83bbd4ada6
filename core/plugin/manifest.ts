/**
 * What a plugin declares of itself in `plugin.yaml`: what it realises and how far it reaches. Deny by default.
 *
 *     name: tcp
 *     version: 0.1.0
 *     contract: 1
 *     realises:
 *       nodes: ["org.khutulun:1.0::Port"]
 *     commands:
 *     - observe: [ss, -Hlntup]
 *     limits: {deadline: 5 s, memory: 16 MiB}
 *
 * This is declared reach, shown and compared when a plugin is registered. It is not a jail: who may write a unit may run code.
 */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly contract: number;
  readonly description?: string;
  readonly realises: {
    /** Node types; subtypes are included. The plugin of the nearest type wins. */
    readonly nodes: readonly string[];
    /** Relationship types, with the side on which the plugin acts. */
    readonly edges: readonly { readonly type: string; readonly side: "source" | "target" }[];
  };
  /** In order: the first that an argument vector matches says what it is. */
  readonly commands: readonly CommandRule[];
  /** Names of variables that it may set in the environment of commands. */
  readonly environment: readonly string[];
  /** What it may read besides what it may write; see `PathPatterns`. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Plugins it may call. */
  readonly calls: readonly string[];
  /** `host:port` it may reach by `http`; `*` for any part. */
  readonly reaches: readonly string[];
  /** Whose instances it may look up: those of the items' own service, or of all services of the namespace. */
  readonly sees?: "service" | "namespace";
  readonly limits: { readonly deadlineMs: number; readonly memoryBytesMax: number };
}

/**
 * One pattern of an argument vector: words that must be equal, `*` for any one word, `**` (last) for any rest, and
 * `/…/` for a word that matches a regular expression as a whole.
 *
 * `observe` runs at once, `change` becomes a step, `spawn` is a process that the agent supervises by itself, `attach`
 * is answered to `exec` and `logs` and run for the person who asked.
 */
export interface CommandRule {
  readonly kind: CommandKind;
  readonly words: readonly string[];
}

export type CommandKind = "observe" | "change" | "spawn" | "attach";

export const commandKinds: readonly CommandKind[] = ["observe", "change", "spawn", "attach"];
