import { fail } from "../base/mod.ts";
import { readCluster } from "./_cluster_file.ts";
import { contextOf, type StoreContext, type StoreOptions } from "./_context.ts";
import { removeIfThere } from "./_directories.ts";
import { guarded } from "./_file_problems.ts";
import { SharedStore } from "./shared_store.ts";
import type { Store } from "./store.ts";

/**
 * Opens the state of a cluster and tries that it can be written. With `cluster`, it must be that one.
 *
 * An empty directory is never a new cluster: it is a mount point whose file system is away.
 */
export function openStore(
  options: StoreOptions,
  expected: { readonly cluster?: string } = {},
): Promise<Store> {
  const context = contextOf(options);
  return guarded(context, `open the state in "${context.root}"`, async () => {
    const cluster = await readCluster(context);
    if (expected.cluster !== undefined && cluster.id !== expected.cluster) {
      fail("STATE_OTHER_CLUSTER", {
        what: `Cannot use the state in "${context.root}": it is of cluster "${cluster.name}"`,
        where: { host: context.writer.host, subject: context.root },
        why: `Its id is ${cluster.id}; this host belongs to ${expected.cluster}`,
        fix: "Mount the state of this host's own cluster there, or let the host join this one",
      });
    }
    await tryWriting(context);
    const store = new SharedStore(context);
    await store.sweep();
    return store;
  });
}

/** A file system that turned read-only reads well: only a write tells. */
async function tryWriting(context: StoreContext): Promise<void> {
  const { files, root, writer } = context;
  // One name for each host, so that what a crash leaves goes with the next opening.
  const path = `${root}/.write-test.${writer.host}.tmp`;
  await files.append(path, "");
  await removeIfThere(context, path);
}
