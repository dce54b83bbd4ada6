import { didYouMean } from "../../base/mod.ts";
import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import type { FileDefinition, ImportDefinition } from "../read/file.ts";
import { capitalised, type Entry, listed } from "../read/grammar.ts";
import { placeOf, type Report } from "../report.ts";
import type { CustomFunction } from "./custom_function.ts";
import type { AnyType } from "./model.ts";
import { parseFile } from "./parsed_file.ts";
import { joinPath, type ProfileSource, type SourceFiles } from "./source_files.ts";
import type { UnitCache } from "./unit_cache.ts";

/** A TOSCA file that was read, with the files that it imports. */
export interface Unit {
  /** Unique among all files of a run. */
  readonly id: string;
  readonly path: string;
  /** As problems name it. */
  readonly file: string;
  /** The root of the repository that it was imported from; nothing where that is the package itself. */
  readonly root: string | undefined;
  /** Whether its paths may not leave the root of the files that it is one of. */
  readonly isContained: boolean;
  /** What stands before the paths of its artifacts' files in the graph. */
  readonly artifactPrefix: string;
  readonly definition: FileDefinition;
  /** The profile whose types these are: the file's own, or that of whoever imports it (TOSCA 2.0, section 6.7). */
  readonly profile: string | undefined;
  readonly imports: ResolvedImport[];
  /** Namespaces of imports that failed, which was reported: what they would have brought is unknown. */
  readonly failed: (string | undefined)[];
  /** Types and functions of the file, as they are made. */
  readonly types: Map<Entry<unknown>, AnyType | "resolving">;
  readonly functions: Map<Entry<unknown>, CustomFunction>;
}

/** An import that was found. */
export interface ResolvedImport {
  readonly unit: Unit;
  readonly namespace: string | undefined;
  readonly definition: ImportDefinition;
}

/** A file that is wanted. */
interface FileRequest {
  readonly files: SourceFiles;
  readonly path: string;
  readonly id: string;
  /** The profile of whoever imports it. */
  readonly profile: string | undefined;
  readonly root: string | undefined;
}

/** How many files one template may bring in. */
const filesMax = 20_000;

/** Loads a file and all that it imports, each once. */
export class Loader {
  readonly #units = new Map<string, Unit | undefined>();
  /** Imports that are still to be followed. */
  readonly #wanted: { readonly unit: Unit; readonly definition: ImportDefinition }[] = [];
  readonly #loaded: Unit[] = [];
  readonly #warm: UnitCache | undefined;
  readonly #sources: SourceFiles[] = [];
  readonly #filesOf = new Map<Unit, SourceFiles>();

  constructor(
    readonly report: Report,
    readonly profiles: readonly ProfileSource[],
    warm?: UnitCache,
  ) {
    this.#warm = warm;
  }

  /** All files read so far, in the order of their first import, depth first. */
  get units(): readonly Unit[] {
    return this.#loaded;
  }

  /** Loads the entry file; nothing where it cannot be read, which is reported. */
  async loadEntry(files: SourceFiles, path: string): Promise<Unit | undefined> {
    const unit = await this.#read(this.#at(files, path, undefined));
    if (unit === "missing") {
      this.report.add({
        code: "TOSCA_FILE",
        severity: "error",
        what: `Cannot read the file "${files.label?.(path) ?? path}"`,
        where: { subject: files.label?.(path) ?? path },
        why: "There is no such file, or it cannot be read",
        fix: "Check the path",
      });
      return undefined;
    }
    for (let next = 0; next < this.#wanted.length; next++) {
      const { unit, definition } = this.#wanted[next];
      await this.#import(unit, definition);
    }
    this.#wanted.length = 0;
    return unit;
  }

  /** Returns what a path holds: nothing where it cannot be read, which is reported. */
  async #read(from: FileRequest): Promise<Unit | undefined | "missing"> {
    if (this.#units.has(from.id)) return this.#units.get(from.id);
    const bytes = await from.files.read(from.path);
    if (!bytes) return "missing";
    const file = from.files.label?.(from.path) ?? from.path;
    const { root, findings, definition } = this.#warm?.read(file, bytes) ?? parseFile(file, bytes);
    this.report.addFile(file, root);
    this.report.include(findings, (each) => each === file);
    const unit = definition && this.#unit(definition, file, from);
    this.#units.set(from.id, unit);
    return unit;
  }

  #unit(
    definition: FileDefinition,
    file: string,
    from: FileRequest,
  ): Unit {
    const { id, path, files } = from;
    // What a section that could not be read would have defined is unknown, as if it were imported from nowhere.
    const failed = definition.isPartial ? [undefined] : [];
    const unit: Unit = {
      id,
      path,
      file,
      root: from.root,
      isContained: files.isContained ?? false,
      artifactPrefix: files.artifactPrefix ?? "",
      definition,
      profile: definition.profile?.value ?? from.profile,
      imports: [],
      failed,
      types: new Map(),
      functions: new Map(),
    };
    this.#filesOf.set(unit, files);
    this.#loaded.push(unit);
    if (definition.profile && definition.service_template) {
      this.report.error("TOSCA_PROFILE_WITH_TEMPLATE", definition.service_template.at.site!, {
        what: `Cannot have a service template in the profile "${definition.profile.value}"`,
        why: `The file declares a profile at ${
          placeOf(definition.profile.node)
        }, and a profile holds types alone`,
        fix:
          'Move the service template to a file of its own that imports the profile, or remove "profile"',
      });
    }
    for (const each of definition.imports ?? []) this.#wanted.push({ unit, definition: each });
    return unit;
  }

  async #import(unit: Unit, definition: ImportDefinition): Promise<void> {
    const target = this.#units.size <= filesMax ? this.#locate(unit, definition) : undefined;
    const known = target && this.#units.get(target.id); // Most are known: waiting for each takes longer than the rest.
    const imported = known ?? (target && await this.#find(unit, definition, target));
    if (!imported) {
      unit.failed.push(definition.namespace?.value);
      return;
    }
    if (imported.definition.service_template && imported !== unit) {
      this.report.warn("TOSCA_IMPORT_TEMPLATE", (definition.url ?? definition.profile!).node, {
        what: `Cannot use the service template of "${imported.path}" by importing it`,
        why: "An import brings types, functions and repositories alone",
        fix: "Move what is shared to a file without a service template",
      });
    }
    unit.imports.push({ unit: imported, namespace: definition.namespace?.value, definition });
  }

  async #find(
    unit: Unit,
    definition: ImportDefinition,
    target: FileRequest,
  ): Promise<Unit | undefined> {
    let found = await this.#read(target);
    if (found === "missing" && target.path.startsWith("../") && isFileUrl(definition)) {
      // Excess ".." of a URL is dropped at the root (RFC 3986, section 5.2.4).
      found = await this.#read(
        this.#at(target.files, target.path.replace(/^(\.\.\/)+/, ""), target.profile),
      );
    }
    if (found !== "missing") return found;
    this.#reportMissing(unit, definition, target.path);
    return undefined;
  }

  /** Returns which file an import means (TOSCA 2.0, section 6.8.2); reports an import that means none. */
  #locate(unit: Unit, definition: ImportDefinition) {
    const { url, profile, repository } = definition;
    if (url && profile || !url && !profile) {
      if (!url && !profile && hasUnread(definition)) return undefined;
      this.report.error("TOSCA_IMPORT_FORM", importSite(definition), {
        what: "Cannot tell what to import",
        why: url ? 'It has both "url" and "profile"' : 'It has neither "url" nor "profile"',
        fix: 'Give exactly one of "url" and "profile"',
      });
      return undefined;
    }
    if (repository && (profile || hasScheme(url!.value))) {
      this.report.error("TOSCA_IMPORT_FORM", repository.node.site ?? repository.node, {
        what: `Cannot combine the repository "${repository.value}" with ${
          profile ? "a profile" : "a URL that has a scheme"
        }`,
        why: "A repository is the root of a relative path",
        fix: 'Remove "repository", or write a path inside it',
      });
      return undefined;
    }
    if (profile) return this.#locateProfile(profile.value, profile.node);
    const base = repository && this.#repositoryUrl(unit, repository.value, repository.node);
    if (repository && base === undefined) return undefined;
    return this.#locateUrl(unit, definition, url!.value, base);
  }

  #locateProfile(name: string, at: YamlNode) {
    const found = this.profiles.find((each) => each.name === name);
    if (!found) {
      const names = this.profiles.map((each) => each.name).sort();
      this.report.error("TOSCA_PROFILE_UNKNOWN", at, {
        what: `Cannot find the profile "${name}"`,
        why: `The known profiles are ${listed(names.slice(0, 20))}${
          names.length > 20 ? ", …" : ""
        }`,
        fix: didYouMean(name, names) ?? "Register the profile, or import its file by url",
      });
      return undefined;
    }
    return this.#at(found.files, found.entry, undefined);
  }

  #repositoryUrl(unit: Unit, name: string, at: YamlNode): string | undefined {
    const repositories = unit.definition.repositories;
    const found = repositories?.get(name);
    if (!found) {
      const names = [...repositories?.keys() ?? []];
      this.report.error("TOSCA_REPOSITORY_UNKNOWN", at, {
        what: `Cannot find the repository "${name}"`,
        why: `The repositories of this file are ${listed(names)}`,
        fix: didYouMean(name, names) ?? 'Define it under "repositories"',
      });
    }
    return found?.value.url?.value;
  }

  #locateUrl(unit: Unit, definition: ImportDefinition, url: string, base: string | undefined) {
    const files = this.#filesOf.get(unit)!;
    const root = base === undefined ? unit.root : this.#resolve(unit.path, asFolder(base));
    // A leading slash means the root of the repository that the importing file is in.
    const isRooted = root !== undefined && (base !== undefined || url.startsWith("/"));
    const path = isRooted
      ? this.#resolve(asFolder(root), url.replace(/^\/+/, ""))
      : this.#resolve(unit.path, url);
    if (hasScheme(path)) return this.#at(files, path, unit.profile, root);
    if (path.startsWith("../") && unit.isContained) {
      this.report.error("TOSCA_IMPORT_ESCAPES", definition.url!.node, {
        what: `Cannot import "${url}": the path leaves the archive`,
        why: "What a package imports must be inside it, or be a profile",
        fix: "Put the file into the package, or import a profile by name",
      });
      return undefined;
    }
    return this.#at(files, path, unit.profile, root);
  }

  /** Returns what a path or URL means that stands in another file. */
  #resolve(from: string, url: string): string {
    const local = url.replace(/^file:(\/\/)?/, "");
    if (hasScheme(local)) return url;
    return hasScheme(from) ? new URL(local, from).href : joinPath(from, local);
  }

  /** Names a file among all files of the run: two sources may have files of one path. */
  #at(files: SourceFiles, path: string, profile: string | undefined, root?: string): FileRequest {
    const known = this.#sources.indexOf(files);
    const number = known >= 0 ? known : this.#sources.push(files) - 1;
    return { files, path, id: `${number}:${path}`, profile, root };
  }

  #reportMissing(unit: Unit, definition: ImportDefinition, path: string): void {
    const at = (definition.url ?? definition.profile!).node;
    this.report.error("TOSCA_IMPORT_NOT_FOUND", at, {
      what: `Cannot import "${definition.url?.value ?? definition.profile?.value}"`,
      why: hasScheme(path)
        ? capitalised(
          this.#filesOf.get(unit)!.failure?.(path) ??
            "the package has no copy of it, and no network is used here",
        )
        : `There is no file "${this.#filesOf.get(unit)!.label?.(path) ?? path}"`,
      fix: hasScheme(path)
        ? "Check the address, or put the file beside the template and import it by a relative path"
        : "Paths are relative to the importing file; a leading / means the root of the package",
    });
  }
}

/** Whether something of an import could not be read, which was reported. */
function hasUnread({ at, isPartial }: ImportDefinition): boolean {
  return Boolean(isPartial) || at.kind !== "map" ||
    at.entries.some(({ key }) => !importKeynames.has(stringOf(key) ?? ""));
}

const importKeynames = new Set(["repository", "namespace", "description", "metadata"]);

function importSite(definition: ImportDefinition): YamlNode {
  return definition.at;
}

function isFileUrl({ url }: ImportDefinition): boolean {
  return url?.value.startsWith("file:") ?? false;
}

function asFolder(path: string): string {
  return path === "" ? "" : path.replace(/\/?$/, "/");
}

function hasScheme(url: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(url) || /^(https?|ftp|git|oci|docker):/.test(url);
}
