/**
 * A file that a host writes into the state before it asks to join, so that the host that answers can see that both have the
 * same state, and not one a copy of the other.
 */

/** Returns where the file is; nothing where the name is none of ours. It is swept with other temporary files. */
export function proofPath(state: string, nonce: string): string | undefined {
  return /^[0-9a-f]{32}$/.test(nonce) ? `${state}/.join-${nonce}.tmp` : undefined;
}
