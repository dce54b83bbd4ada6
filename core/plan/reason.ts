/** What a host lacks to take some instances. */
export type Lack =
  /** It is not there, as far as anybody knows. */
  | { readonly kind: "away"; readonly liveness: "suspect" | "dead" | "left" }
  /** It is cordoned or being drained; whether nothing else is in the way. */
  | { readonly kind: "closed"; readonly fits: boolean }
  /** Its name: a policy wants one of these. */
  | { readonly kind: "name"; readonly policy: string; readonly wanted: readonly string[] }
  /** A label, with this value or any. */
  | {
    readonly kind: "label";
    readonly policy: string;
    readonly label: string;
    readonly value?: string;
  }
  /** To be among the hosts that a policy has chosen. */
  | { readonly kind: "choice"; readonly policy: string }
  | { readonly kind: "command"; readonly command: string }
  /** So many of its processors, or bytes of its memory. */
  | { readonly kind: "cpus" | "memory"; readonly short: number }
  /** To be free of others, which a policy keeps away. */
  | { readonly kind: "apart"; readonly policy: string }
  /** A share that a policy has not given away. */
  | { readonly kind: "share"; readonly policy: string; readonly label: string }
  /** A claim that somebody else has (`tcp port 80`), or any of a range. */
  | { readonly kind: "claim" | "range"; readonly what: string }
  /** Nothing: what is to be there is in its own way. */
  | { readonly kind: "nothing" };

/** Why a host does not take instances, in half a sentence, and what it lacks. */
export interface Reason {
  readonly why: string;
  readonly lack: Lack;
}
