import {
  commonNamespace,
  didYouMean,
  fail,
  formatServiceRef,
  hasErrors,
  isDnsLabel,
  type JsonObject,
  type Problem,
  ProblemError,
  type ServiceRef,
} from "../../base/mod.ts";
import type { PluginRuntime } from "../../ports/mod.ts";
import { packageDigest, type PackageRef } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { manifestOf, moduleFile } from "./plugin_catalog.ts";
import { compareReach } from "./plugin_reach.ts";
import { substitutesIn } from "./substitutes.ts";
import { entryOf, type PackageFiles, readUpload } from "./upload.ts";
import type {
  PackageDetail,
  PackageView,
  RegisterAnswer,
  RegisterOptions,
  Upload,
} from "../use_cases.ts";

type Kind = PackageRef["kind"];

/** What a look at a package's files has found out. */
interface Examined {
  readonly name: string | undefined;
  readonly facts: JsonObject;
  readonly problems: readonly Problem[];
}

/** Registers, shows and removes packages. Nothing is stored before it was found to be sound. */
export class PackageDesk {
  readonly #context: AgentContext;
  readonly #runtime: PluginRuntime;

  constructor(context: AgentContext, runtime: PluginRuntime) {
    this.#context = context;
    this.#runtime = runtime;
  }

  async register(kind: Kind, upload: Upload, where: RegisterOptions): Promise<RegisterAnswer> {
    const { packages } = this.#context.store;
    const files = readUpload(upload);
    const examined = await this.#examine(kind, files, upload.entry, where.namespace);
    const name = where.name ?? examined.name;
    checkName(kind, name, where.namespace);
    const target = { namespace: where.namespace, kind, name };
    const before = await packages.current(target);
    if (hasErrors(examined.problems)) {
      const ref = { ...target, digest: packageDigest(files) };
      return { package: ref, changed: false, problems: examined.problems };
    }
    const reach = kind === "plugin" ? await this.#reach(files, name, before) : undefined;
    const ref = await packages.put(target, files, examined.facts);
    const changed = before?.digest !== ref.digest;
    if (changed) {
      const message = `${kind} "${name}" is registered with digest ${ref.digest}`;
      await this.#context.recorder.record({ type: "registered", message, data: { kind, name } });
    }
    return { package: ref, changed, problems: examined.problems, ...(reach && { reach }) };
  }

  async list(kind: Kind, namespace?: string): Promise<PackageView[]> {
    const { store } = this.#context;
    const views: PackageView[] = [];
    for (const each of namespace === undefined ? await store.namespaces() : [namespace]) {
      const current = new Map<string, string | undefined>();
      for (const found of await store.packages.list(each, kind)) {
        if (!current.has(found.name)) {
          const where = { namespace: each, kind, name: found.name };
          current.set(found.name, (await store.packages.current(where))?.digest);
        }
        if (current.get(found.name) === found.digest) views.push(await this.#view(found));
      }
    }
    return views;
  }

  async show(kind: Kind, name: string, namespace: string): Promise<PackageDetail> {
    const { packages } = this.#context.store;
    const found = await this.#require(kind, name, namespace);
    const files = await packages.files(refOf(found));
    return {
      ...await this.#view(found),
      facts: found.facts,
      files: [...files].map(([path, { bytes }]) => ({ path, sizeBytes: bytes.length })),
    };
  }

  /** Removes every version of a package that no service uses; one that is used is refused as a whole. */
  async remove(kind: Kind, name: string, namespace: string): Promise<void> {
    const { packages } = this.#context.store;
    const found = await this.#require(kind, name, namespace);
    const versions = (await packages.list(namespace, kind)).filter((each) => each.name === name);
    const users = new Set<string>();
    for (const version of versions) {
      for (const user of await this.#usedBy(refOf(version))) users.add(user);
    }
    if (users.size > 0) {
      fail("AGENT_PACKAGE_USED", {
        what: `Cannot remove ${kind} "${name}"`,
        why: `It is used by ${[...users].map((each) => `"${each}"`).join(", ")}`,
        fix: "Delete those first, or deploy them without it",
      });
    }
    for (const version of versions) await packages.remove(refOf(version));
    const message = `${kind} "${found.name}" is removed`;
    await this.#context.recorder.record({ type: "unregistered", message, data: { kind, name } });
  }

  async #examine(
    kind: Kind,
    files: PackageFiles,
    named: string | undefined,
    namespace: string,
  ): Promise<Examined> {
    if (kind === "plugin") {
      const { name, version, description, limits } = manifestOf(files, "");
      this.#runtime.check?.(name, files.get(moduleFile)!.bytes, limits.memoryBytesMax);
      const facts = { version, ...(description !== undefined && { description }) };
      return { name, facts, problems: [] };
    }
    const entry = kind === "profile" ? profileEntry(files, named) : entryOf(files, named);
    const profiles = await this.#context.profiles.of(namespace);
    const outcome = await this.#context.language.validate({ files, entry, profiles });
    const name = kind === "profile" ? profileName(files, entry) : undefined;
    return { name, facts: { entry }, problems: outcome.problems };
  }

  async #reach(
    files: PackageFiles,
    name: string,
    before: PackageRef | undefined,
  ): Promise<readonly string[]> {
    const old = before && (await this.#context.catalog.read(before)).manifest;
    return compareReach(old, manifestOf(files, name));
  }

  async #require(kind: Kind, name: string, namespace: string) {
    const { packages } = this.#context.store;
    const current = await packages.current({ namespace, kind, name });
    const all = await packages.list(namespace, kind);
    const found = all.find((each) => each.name === name && each.digest === current?.digest);
    if (found) return found;
    fail("AGENT_PACKAGE_UNKNOWN", {
      what: `There is no ${kind} "${name}" in namespace "${namespace}"`,
      fix: didYouMean(name, all.map((each) => each.name)) ?? `See "khutulun ${kind} list"`,
    });
  }

  async #view(
    found: PackageRef & { readonly facts: JsonObject; readonly registered: string },
  ): Promise<PackageView> {
    const { description } = found.facts;
    return {
      ...refOf(found),
      registered: found.registered,
      ...(typeof description === "string" && { description }),
      usedBy: await this.#usedBy(refOf(found)),
    };
  }

  /** Returns the services that this very version is used by. */
  async #usedBy(ref: PackageRef): Promise<string[]> {
    const { store } = this.#context;
    const users: string[] = [];
    for (const service of await store.services()) {
      const sees = ref.namespace === commonNamespace || ref.namespace === service.namespace;
      const asked = sees ? await store.asked(service).latest() : undefined;
      if (asked === undefined) continue;
      const { template, plugins } = asked.spec;
      const isUsed = ref.kind === "plugin"
        ? plugins[ref.name] === ref.digest
        : ref.kind === "template"
        ? template.name === ref.name && template.digest === ref.digest ||
          await this.#standsIn(service, ref)
        : await this.#imports(template, ref);
      if (isUsed) users.push(formatServiceRef(service));
    }
    return users;
  }

  /** Whether a template stands in for nodes of a service: its artifacts are needed. */
  async #standsIn(service: ServiceRef, { namespace, name, digest }: PackageRef): Promise<boolean> {
    const graph = await this.#context.store.graph(service).latest();
    return graph !== undefined &&
      substitutesIn(graph.spec.clout).some(({ ref }) =>
        ref.namespace === namespace && ref.name === name && ref.digest === digest
      );
  }

  /** Whether a template speaks of a profile: a redeploy of the service would need it. */
  async #imports(template: PackageRef, profile: PackageRef): Promise<boolean> {
    const files = await this.#context.store.packages.files(refOf(template)).catch(nothingLeft);
    const texts = [...files].filter(([path]) => /\.ya?ml$/.test(path));
    return texts.some(([, { bytes }]) => new TextDecoder().decode(bytes).includes(profile.name));
  }
}

/** A template that is there no more imports nothing; of one that cannot be read nobody knows. */
function nothingLeft(error: unknown): PackageFiles {
  if (error instanceof ProblemError && error.problem.code === "STATE_PACKAGE_MISSING") {
    return new Map();
  }
  throw error;
}

function refOf({ namespace, kind, name, digest }: PackageRef): PackageRef {
  return { namespace, kind, name, digest };
}

const profileLine = /^profile:[ \t]+["']?([^\s"'#]+)/m;

function profileEntry(files: PackageFiles, named: string | undefined): string {
  if (named !== undefined) return entryOf(files, named);
  const found = [...files].find(([path, { bytes }]) =>
    /\.ya?ml$/.test(path) && profileLine.test(new TextDecoder().decode(bytes))
  );
  if (found) return found[0];
  fail("AGENT_UPLOAD_INVALID", {
    what: "Cannot take the files as a profile",
    why: `None of them says "profile: NAME"`,
    fix: `Add "profile: NAME" to the profile's main file`,
  });
}

function profileName(files: PackageFiles, entry: string): string | undefined {
  return new TextDecoder().decode(files.get(entry)!.bytes).match(profileLine)?.[1];
}

function checkName(
  kind: Kind,
  name: string | undefined,
  namespace: string,
): asserts name is string {
  if (!isDnsLabel(namespace)) {
    fail("AGENT_NAME_INVALID", {
      what: `Cannot call a namespace "${namespace}"`,
      fix: `Use lower-case letters, digits and "-"`,
    });
  }
  if (name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}$/.test(name)) return;
  fail("AGENT_NAME_INVALID", {
    what: name === undefined ? `The ${kind} has no name` : `Cannot call a ${kind} "${name}"`,
    fix: `Name it with letters, digits, ".", ":", "+" and "-"`,
  });
}
