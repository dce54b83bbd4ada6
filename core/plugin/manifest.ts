/**
 * What a plugin declares of itself in `plugin.yaml`: what it realises and how far it reaches. Deny by default.
 *
 *     name: tcp
 *     version: 0.1.0
 *     contract: 1
 *     realises:
 *       nodes: ["org.khutulun:1.0::Port"]
 *     commands:
 *     - observe: [ss, -Hltnp]
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
  readonly commands: readonly CommandRule[];
  /** Path patterns: `*` within a name, `**` across; `{units}`, `{data}`, `{runtime}`, `{logs}` are the host's own. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Plugins it may call. */
  readonly calls: readonly string[];
  /** `host:port` it may reach by `http`; `*` for any part. */
  readonly reaches: readonly string[];
  readonly limits: { readonly deadlineMs: number; readonly memoryBytesMax: number };
}

/**
 * One pattern of an argument vector: words that must be equal, `*` for any one word, `**` (last) for any rest, and
 * `/…/` for a word that matches a regular expression as a whole.
 */
export type CommandRule = { readonly observe: readonly string[] } | {
  readonly change: readonly string[];
};
