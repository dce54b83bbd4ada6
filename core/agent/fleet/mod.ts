/**
 * Administering hosts: what is wanted of each (labels, cordon, drain), giving up one that is lost, removing one that is not
 * needed; and how the cluster is as a whole.
 *
 * A wish is one document, `hosts/<host>/wanted`. What follows from it is placing services anew, which is the deployer's
 * business; this room decides which services those are.
 */
export { keepDraining } from "./drain.ts";
export { HostDesk } from "./host_desk.ts";
