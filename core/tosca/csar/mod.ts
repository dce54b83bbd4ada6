/**
 * Archives (CSAR, TOSCA 2.0, section 17): zip, tar and gzipped tar, with and without TOSCA.meta.
 *
 * Of an archive its list of files is read, and then what is asked for, within bounds; what would leave it is refused.
 */
export {
  openArchive,
  openArchiveFrom,
  type OpenedArchive,
  openFolder,
  otherDefinitions,
  unpackArchive,
} from "./open.ts";
export type { ArchiveMember, ArchiveSource } from "./source.ts";
