/**
 * Names that stand in certificates of hosts. They are resolved nowhere: whoever connects, by whatever address, asks for the
 * name and so knows whom it has reached. `internal` is a domain that no public authority may certify.
 */

/** Returns the name that every host of a cluster answers to. */
export function clusterServerName(cluster: string): string {
  return `${cluster.slice(0, 32)}.khutulun.internal`;
}

/** Returns the name that one host of a cluster answers to. */
export function hostServerName(cluster: string, host: string): string {
  return `${host}.${clusterServerName(cluster)}`;
}
