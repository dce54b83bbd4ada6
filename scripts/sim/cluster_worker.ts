/** Tells stories of clusters, one after the other, as it is asked to. */
/// <reference lib="deno.worker" />
import { createHash } from "node:crypto";
import {
  type ClusterReport,
  type ClusterStory,
  liveThroughCluster,
} from "../../tests/support/cluster/cluster_story.ts";

export interface ClusterTask extends Pick<ClusterStory, "seed" | "hosts" | "minutes"> {
  /** Whether the lines of a story that ends well are wanted too. */
  readonly isTold: boolean;
}

/** How a story ended. `trace` is a digest of all that happened in it: the same for the same seed. */
export type ClusterTold =
  | { readonly report: ClusterReport; readonly trace: string }
  | { readonly failure: string };

self.onmessage = async ({ data }: MessageEvent<ClusterTask>) => {
  const { isTold, ...story } = data;
  // Traces of the many expected failures cost a tenth of the time.
  if (!isTold) Error.stackTraceLimit = 0;
  try {
    const report = await liveThroughCluster(story);
    const trace = createHash("sha256").update(report.lines.join("\n")).digest("hex");
    self.postMessage({ report: isTold ? report : { ...report, lines: [] }, trace });
  } catch (error) {
    self.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
};
