import { commonNamespace, defaultNamespace } from "../../base/mod.ts";
import type { PackageView } from "../../api/mod.ts";
import type { AgentFlags, NamespaceFlags } from "../flags.ts";
import type { PackageFlags, PackageKind, RegisterFlags } from "../package_routes.ts";
import { painter } from "../render/colour.ts";
import { type Listing, printData, printRows } from "../render/output.ts";
import { printProblems } from "../render/problems.ts";
import { table } from "../render/table.ts";
import { ago } from "../render/times.ts";
import type { Surroundings } from "../surroundings.ts";
import { uploadFolder, uploadTemplate, withSources } from "../upload.ts";
import { withAgent } from "../with_agent.ts";

/** Templates belong to a namespace; profiles and plugins to all, where nothing else is said. */
function namespaceOf(kind: PackageKind, flags: NamespaceFlags): string {
  return flags.namespace ?? (kind === "template" ? defaultNamespace : commonNamespace);
}

export function registerPackage(kind: PackageKind) {
  return async (it: Surroundings, flags: RegisterFlags, path: string): Promise<void> => {
    const source = kind === "template"
      ? await uploadTemplate(it, path)
      : await uploadFolder(it, path);
    const input = {
      path: { kind, namespace: namespaceOf(kind, flags) },
      body: { upload: source.upload, name: flags.name ?? nameOf(kind, source.upload.entry) },
    };
    const answer = await withSources(
      source,
      () => withAgent(it, flags, (client) => client.call("register", input)),
    );
    await printProblems(it, answer.problems.map(source.atHome));
    const { name, digest } = answer.package;
    if (flags.output === "json" || flags.output === "yaml") {
      return await printData(it, flags.output, answer);
    }
    if (flags.output === "name") return it.stdout.write(`${name}\n`);
    it.stdout.write(
      answer.changed
        ? `Registered ${kind} "${name}" (${shortDigest(digest)})\n`
        : `Nothing to do: ${kind} "${name}" is registered with this content\n`,
    );
    for (const line of answer.reach ?? []) it.stdout.write(`  may ${line}\n`);
  };
}

/** A template is called by its file, where nothing else is said; profiles and plugins say their own names. */
function nameOf(kind: PackageKind, entry: string | undefined): string | undefined {
  return kind === "template" ? entry?.replace(/^.*\//, "").replace(/\.ya?ml$/, "") : undefined;
}

export function listPackages(kind: PackageKind) {
  return async (it: Surroundings, flags: PackageFlags): Promise<void> => {
    const input = { path: { kind }, query: { namespace: flags.namespace } };
    const rows = await withAgent(it, flags, (client) => client.call("packages", input));
    await printRows(it, flags.output, rows, listing(it, kind));
  };
}

export function showPackage(kind: PackageKind) {
  return async (it: Surroundings, flags: PackageFlags, name: string): Promise<void> => {
    const path = { kind, namespace: namespaceOf(kind, flags), name };
    const detail = await withAgent(it, flags, (client) => client.call("package", { path }));
    if (flags.output === "json" || flags.output === "yaml") {
      return await printData(it, flags.output, detail);
    }
    if (flags.output === "name") return it.stdout.write(`${detail.name}\n`);
    const paint = painter(it, it.stdout);
    const users = detail.usedBy.length > 0 ? detail.usedBy.join(", ") : "no service";
    it.stdout.write([
      `${paint("bold", detail.name)} in namespace ${detail.namespace}\n`,
      detail.description ? `${detail.description}\n` : "",
      `digest      ${detail.digest}\n`,
      `registered  ${detail.registered}\n`,
      `used by     ${users}\n\n`,
      table(detail.files, [
        { title: "FILE", of: (file) => file.path },
        { title: "BYTES", of: (file) => String(file.sizeBytes) },
      ], paint),
    ].join(""));
  };
}

export function removePackage(kind: PackageKind) {
  return async (
    it: Surroundings,
    flags: AgentFlags & NamespaceFlags,
    name: string,
  ): Promise<void> => {
    const path = { kind, namespace: namespaceOf(kind, flags), name };
    await withAgent(it, flags, (client) => client.call("removePackage", { path }));
    it.stdout.write(`Removed ${kind} "${name}"\n`);
  };
}

function listing(it: Surroundings, kind: PackageKind): Listing<PackageView> {
  return {
    plural: `${kind}s`,
    name: (row) => row.name,
    columns: [
      { title: kind.toUpperCase(), of: (row) => row.name },
      { title: "NAMESPACE", of: (row) => row.namespace },
      { title: "DIGEST", of: (row) => shortDigest(row.digest) },
      { title: "REGISTERED", of: (row) => ago(row.registered, it.nowMs()) },
      { title: "USED BY", of: (row) => row.usedBy.join(", ") },
      { title: "DESCRIPTION", wide: true, of: (row) => row.description ?? "" },
    ],
  };
}

/** Returns as much of a digest as tells it from others. */
function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
