import { fail } from "../base/mod.ts";
import type { StoreContext } from "./_context.ts";
import { readIfThere } from "./_directories.ts";
import { checkFormat, damaged, parseObject } from "./_document_text.ts";
import { guarded } from "./_file_problems.ts";
import type { ClusterSpec } from "./documents.ts";
import { Layout } from "./layout.ts";

/** Returns what `cluster.yaml` says. Why there is none, or not one for us, is a problem of its own code. */
export function readCluster(context: StoreContext): Promise<ClusterSpec> {
  const path = new Layout(context.root).cluster;
  return guarded(context, `read "${path}"`, async () => {
    const text = await readIfThere(context, path);
    if (text === undefined) return await explainAbsence(context);
    const json = parseObject(text, path);
    checkFormat(json.format, path);
    const { id, name, mode, format, created } = json;
    const isWhole = [id, name, created].every((each) => typeof each === "string") &&
      (mode === "system" || mode === "user");
    if (!isWhole) damaged(path, "It does not say the cluster's id, name, mode and creation");
    return { id, name, mode, format, created } as unknown as ClusterSpec;
  });
}

async function explainAbsence(context: StoreContext): Promise<never> {
  const { root, files, writer } = context;
  const where = { host: writer.host, subject: root };
  if (!(await files.stat(root))) {
    fail("STATE_MISSING", {
      what: `Cannot open the state in "${root}": there is no such directory`,
      where,
      fix: "Check the path; for a new cluster: khutulun seed",
    });
  }
  if ((await files.list(root)).length === 0) {
    fail("STATE_EMPTY", {
      what: `Cannot open the state in "${root}": the directory is empty`,
      where,
      why: "It is probably a mount point whose file system is not mounted",
      fix: "Mount the shared file system there; for a new cluster: khutulun seed",
    });
  }
  fail("STATE_NOT_A_CLUSTER", {
    what: `Cannot open the state in "${root}": it has no cluster.yaml`,
    where,
    why: "The directory holds something else, or making the cluster was cut short",
    fix: "Check the path; for a new cluster: khutulun seed, in an empty directory",
  });
}
