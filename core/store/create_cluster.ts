import { commonNamespace, defaultNamespace, fail } from "../base/mod.ts";
import { writeYaml } from "../yaml/mod.ts";
import { readCluster } from "./_cluster_file.ts";
import { contextOf, type StoreContext, type StoreOptions } from "./_context.ts";
import { makeLastingDirectory, removeIfThere } from "./_directories.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { temporaryPath } from "./_temporary_files.ts";
import { type ClusterSpec, stateFormat } from "./documents.ts";
import { Layout } from "./layout.ts";
import { SharedStore } from "./shared_store.ts";
import type { Store } from "./store.ts";

/**
 * Makes the state of a new cluster: what `seed` does.
 *
 * The directory may be missing or empty, or hold what a seed that was cut short has left. Anything else in it is refused:
 * a cluster with `STATE_EXISTS`, other files with `STATE_NOT_A_CLUSTER`.
 */
export function createCluster(
  options: StoreOptions,
  cluster: { readonly name: string; readonly mode: ClusterSpec["mode"]; readonly id?: string },
): Promise<Store> {
  const context = contextOf(options);
  const layout = new Layout(context.root);
  return guarded(context, `make a cluster in "${context.root}"`, async () => {
    await makeLastingDirectory(context, context.root);
    await refuseStrangers(context, layout);
    for (const path of [layout.secrets, layout.tokens, layout.audit]) {
      await makeLastingDirectory(context, path, 0o700);
    }
    for (const name of [commonNamespace, defaultNamespace]) {
      await makeLastingDirectory(context, layout.services(name));
    }
    await makeLastingDirectory(context, layout.hosts);
    await linkCluster(context, layout, {
      id: cluster.id ?? newId(context),
      name: cluster.name,
      mode: cluster.mode,
      format: stateFormat,
      created: new Date(context.clock.nowMs()).toISOString(),
    });
    return new SharedStore(context);
  });
}

/** What a seed makes before `cluster.yaml`, and what file systems have of themselves. */
const harmless = new Set([
  "secrets",
  "tokens",
  "audit",
  "namespaces",
  "hosts",
  "lost+found",
  ".snapshot",
]);

async function refuseStrangers(context: StoreContext, layout: Layout): Promise<void> {
  const { files, root, writer } = context;
  if (await files.stat(layout.cluster)) {
    const { name, id } = await readCluster(context);
    fail("STATE_EXISTS", {
      what: `Cannot make a cluster in "${root}": cluster "${name}" is there`,
      where: { host: writer.host, subject: root },
      why: `Its id is ${id}`,
      fix: "Name another directory; to add this host to that cluster: khutulun join",
    });
  }
  const strangers = (await files.list(root)).filter((name) =>
    !harmless.has(name) && !name.endsWith(".tmp")
  );
  if (strangers.length === 0) return;
  fail("STATE_NOT_A_CLUSTER", {
    what: `Cannot make a cluster in "${root}": there is something else in it`,
    where: { host: writer.host, subject: root },
    why: `It holds "${strangers[0]}"${
      strangers.length > 1 ? ` and ${strangers.length - 1} more` : ""
    }`,
    fix: "Name an empty directory, or one that does not exist yet",
  });
}

async function linkCluster(
  context: StoreContext,
  layout: Layout,
  cluster: ClusterSpec,
): Promise<void> {
  const { files, root } = context;
  const temporary = temporaryPath(context, layout.cluster);
  const { id, name, mode, format, created } = cluster;
  await files.writeNew(temporary, writeYaml({ id, name, mode, format, created }));
  try {
    await files.link(temporary, layout.cluster);
    await files.syncDirectory(root);
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
    if ((await files.stat(temporary))?.links !== 2) await refuseStrangers(context, layout);
  } finally {
    await removeIfThere(context, temporary).catch(() => {});
  }
}

function newId(context: StoreContext): string {
  const bytes = context.random.bytes(16);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
