/**
 * Archives (CSAR, TOSCA 2.0, section 17): zip, tar and gzipped tar, with and without TOSCA.meta.
 *
 * An archive is unpacked in memory and within bounds; what would leave it is refused.
 */
export { openArchive, type OpenedArchive, openFolder, otherDefinitions } from "./open.ts";
