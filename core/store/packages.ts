import { compareStrings, fail, type JsonObject, ProblemError } from "../base/mod.ts";
import type { StoreContext } from "./_context.ts";
import { makeLastingDirectory, parentOf, removeTree } from "./_directories.ts";
import { plainCodec } from "./_document_text.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { listAndSweep, temporaryPath } from "./_temporary_files.ts";
import { changeDocument } from "./change_document.ts";
import type { PackageRef } from "./documents.ts";
import { LinkedGenerations } from "./generations.ts";
import { decodeName, Layout } from "./layout.ts";
import { ReplacedDocument } from "./own_document.ts";
import {
  checkPackageFiles,
  checkPackagePath,
  packageDigest,
  type PackageFile,
  packageLimits,
} from "./package_digest.ts";
import type { Packages } from "./store.ts";

/** What is known of one digest of a package: `<name>/<digest>.yaml`, beside the directory of its files. */
interface PackageFacts {
  readonly digest: string;
  readonly facts: JsonObject;
  /** RFC 3339. */
  readonly registered: string;
}

/** Which digest a name means: `<name>/current.<generation>`. */
interface CurrentSpec {
  readonly digest: string;
}

/** Packages as directories that are named by their digests: what is there is whole, and never changes. */
export class DirectoryPackages implements Packages {
  readonly #context: StoreContext;
  readonly #layout: Layout;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#layout = new Layout(context.root);
  }

  put(
    where: Omit<PackageRef, "digest">,
    files: ReadonlyMap<string, PackageFile>,
    facts: JsonObject,
  ): Promise<PackageRef> {
    return guarded(this.#context, `store ${describe(where)}`, async () => {
      checkPackageFiles(files);
      const { namespace, kind, name } = where;
      const ref = { namespace, kind, name, digest: packageDigest(files) };
      await this.#putFiles(ref, files);
      if (!(await this.#facts(ref).read())) {
        const registered = new Date(this.#context.clock.nowMs()).toISOString();
        await this.#facts(ref).write({ digest: ref.digest, facts, registered });
      }
      await this.#point(where, () => Promise.resolve(ref.digest));
      return ref;
    });
  }

  async current(where: Omit<PackageRef, "digest">): Promise<PackageRef | undefined> {
    const document = await this.#current(where).latest();
    const { namespace, kind, name } = where;
    return document && { namespace, kind, name, digest: document.spec.digest };
  }

  list(
    namespace: string,
    kind: PackageRef["kind"],
  ): Promise<(PackageRef & { facts: JsonObject; registered: string })[]> {
    return guarded(this.#context, `list the packages of kind ${kind}`, async () => {
      const found: (PackageRef & { facts: JsonObject; registered: string })[] = [];
      for (
        const each of await listAndSweep(this.#context, this.#layout.packages(namespace, kind))
      ) {
        const name = decodeName(each);
        found.push(...await this.#registered({ namespace, kind, name }));
      }
      return found;
    });
  }

  files(ref: PackageRef): Promise<ReadonlyMap<string, PackageFile>> {
    return guarded(this.#context, `read ${describe(ref)}`, async () => {
      const found = new Map<string, PackageFile>();
      const directory = this.#directory(ref);
      if (!(await this.#context.files.stat(directory))) missing(ref);
      await this.#collect(directory, "", found, { leftBytes: packageLimits.bytesMax });
      const digest = packageDigest(found);
      if (digest !== ref.digest) {
        fail("STATE_PACKAGE_DAMAGED", {
          what: `Cannot use ${describe(ref)}: its files have another digest`,
          where: { host: this.#context.writer.host, subject: directory },
          why: `They were changed, or the disk is failing: found ${digest}, wanted ${ref.digest}`,
          fix: "Register the package again from its source",
        });
      }
      return found;
    });
  }

  path(ref: PackageRef, file: string): string {
    checkPackagePath(file);
    return `${this.#directory(ref)}/${file}`;
  }

  remove(ref: PackageRef): Promise<void> {
    return guarded(this.#context, `remove ${describe(ref)}`, async () => {
      const others = (await this.#registered(ref)).filter(({ digest }) => digest !== ref.digest)
        .sort((a, b) => compareStrings(a.registered, b.registered));
      const heir = others.at(-1);
      if (!heir) return await this.#discard(this.#layout.package(ref));
      await this.#point(
        ref,
        (current) => Promise.resolve(current === ref.digest ? heir.digest : current),
      );
      await this.#facts(ref).remove();
      await this.#discard(this.#directory(ref));
    });
  }

  /** Writes a whole directory aside and renames it: under its digest there is all of it or nothing. */
  async #putFiles(ref: PackageRef, files: ReadonlyMap<string, PackageFile>): Promise<void> {
    const directory = this.#directory(ref);
    const isThere = await this.#context.files.stat(directory) !== undefined;
    if (isThere && await this.#isWhole(ref)) return;
    await makeLastingDirectory(this.#context, parentOf(directory));
    const temporary = temporaryPath(this.#context, directory);
    try {
      await this.#context.files.makeDirectory(temporary);
      await this.#writeFiles(temporary, files);
      // Damaged: what was given now takes its place, and only once it is whole.
      if (isThere) await this.#discard(directory);
      await this.#context.files.rename(temporary, directory);
    } catch (error) {
      await removeTree(this.#context, temporary).catch(() => {});
      // Somebody else has stored the very same meanwhile.
      if (!isFileError(error, "EEXIST", "ENOTEMPTY") || !(await this.#isWhole(ref))) throw error;
    }
    await this.#context.files.syncDirectory(parentOf(directory));
  }

  async #writeFiles(directory: string, files: ReadonlyMap<string, PackageFile>): Promise<void> {
    const directories = new Set<string>([directory]);
    for (const [path, { bytes, executable }] of files) {
      const target = `${directory}/${path}`;
      const parent = parentOf(target);
      if (!directories.has(parent)) {
        await this.#context.files.makeDirectory(parent, { parents: true });
        for (let each = parent; !directories.has(each); each = parentOf(each)) {
          directories.add(each);
        }
      }
      await this.#context.files.writeNew(target, bytes, { mode: executable ? 0o755 : 0o644 });
    }
    for (const each of directories) await this.#context.files.syncDirectory(each);
  }

  /** Whether all of a package is there as its digest says. That it cannot be read says nothing of that, and is thrown. */
  async #isWhole(ref: PackageRef): Promise<boolean> {
    try {
      await this.files(ref);
      return true;
    } catch (error) {
      const { code } = error instanceof ProblemError ? error.problem : {};
      if (code === "STATE_PACKAGE_DAMAGED" || code === "STATE_PACKAGE_MISSING") return false;
      throw error;
    }
  }

  async #collect(
    directory: string,
    prefix: string,
    found: Map<string, PackageFile>,
    budget: { leftBytes: number },
  ): Promise<void> {
    const { files } = this.#context;
    for (const name of await files.list(directory)) {
      const path = `${directory}/${name}`;
      const info = await files.stat(path);
      if (info?.kind === "directory") {
        await this.#collect(path, `${prefix}${name}/`, found, budget);
      } else if (info?.kind === "file") {
        budget.leftBytes -= info.sizeBytes;
        // Too much, like a link or a device, was not put there by us: the digest will say so.
        if (budget.leftBytes < 0 || found.size > packageLimits.filesMax) return;
        const executable = (info.mode & 0o100) !== 0;
        found.set(`${prefix}${name}`, { bytes: await files.readBytes(path), executable });
      } else found.set(`${prefix}${name}`, { bytes: new Uint8Array(), executable: false });
    }
  }

  async #registered(
    where: Omit<PackageRef, "digest">,
  ): Promise<(PackageRef & { facts: JsonObject; registered: string })[]> {
    const { namespace, kind, name } = where;
    const found: (PackageRef & { facts: JsonObject; registered: string })[] = [];
    for (const each of await listAndSweep(this.#context, this.#layout.package(where))) {
      const hex = /^sha256-([0-9a-f]{64})\.yaml$/.exec(each)?.[1];
      if (!hex) continue;
      const ref = { namespace, kind, name, digest: `sha256:${hex}` };
      const spec = await this.#facts(ref).read();
      if (spec) found.push({ ...ref, facts: spec.facts, registered: spec.registered });
    }
    return found;
  }

  /** Points the name at what `choose` makes of what it points at now. */
  async #point(
    where: Omit<PackageRef, "digest">,
    choose: (current: string | undefined) => Promise<string | undefined>,
  ): Promise<void> {
    await changeDocument(this.#current(where), async (now) => {
      const digest = await choose(now?.digest);
      return digest === undefined || digest === now?.digest ? undefined : { digest };
    });
  }

  /** Renames before it removes: what has a name is whole. */
  async #discard(path: string): Promise<void> {
    const aside = temporaryPath(this.#context, path);
    try {
      await this.#context.files.rename(path, aside);
    } catch (error) {
      if (isFileError(error, "ENOENT")) return;
      throw error;
    }
    await removeTree(this.#context, aside);
  }

  #current(where: Omit<PackageRef, "digest">): LinkedGenerations<CurrentSpec> {
    const directory = this.#layout.package(where);
    return new LinkedGenerations(this.#context, directory, "current", plainCodec("current"));
  }

  #facts(ref: PackageRef): ReplacedDocument<PackageFacts> {
    return new ReplacedDocument(
      this.#context,
      `${this.#directory(ref)}.yaml`,
      plainCodec<PackageFacts>("package"),
    );
  }

  #directory(ref: PackageRef): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(ref.digest)?.[1];
    if (!hex) missing(ref);
    return `${this.#layout.package(ref)}/sha256-${hex}`;
  }
}

function describe(where: Omit<PackageRef, "digest">): string {
  return `${where.kind} "${where.name}"`;
}

function missing(ref: PackageRef): never {
  fail("STATE_PACKAGE_MISSING", {
    what: `Cannot find ${describe(ref)} of digest "${ref.digest}" in namespace "${ref.namespace}"`,
    fix: `Register it, or look at what is there: khutulun ${ref.kind} list`,
  });
}
