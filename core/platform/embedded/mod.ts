/**
 * What comes with the program: profiles, plugins, examples.
 *
 * They are plain files beside `main.ts`. A bundle has them at the same places beside its `main.js`, and an executable
 * unpacks (or carries) that bundle: so there is one way to read them, and nothing is held in memory that nobody asked
 * for. See `docs/decisions/0070-embedded-files-are-files.md`.
 */
export { type EmbeddedFiles, readEmbedded, readExample } from "./embedded_files.ts";
export { type BuildFacts, readBuildFacts } from "./build_facts.ts";
