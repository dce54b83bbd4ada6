import { formatDurationMs } from "../base/mod.ts";
import type { Download, DownloadLimits } from "../ports/mod.ts";

/** How often a server may send on to another place. */
const redirectsMax = 5;

/** Fetches a file over this machine's network, within bounds. Nobody is sent on from https to http. */
export async function download(
  url: string,
  { timeoutMs, bytesMax }: DownloadLimits,
): Promise<Download> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    let at = new URL(url);
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const answer = await fetch(at, { redirect: "manual", signal });
      const location = answer.headers.get("location");
      if (answer.status >= 300 && answer.status < 400 && location !== null) {
        await answer.body?.cancel();
        const next = new URL(location, at);
        if (
          !/^https?:$/.test(next.protocol) || at.protocol === "https:" && next.protocol === "http:"
        ) {
          return { failure: `the server sends on to ${next.protocol}//${next.host}` };
        }
        at = next;
        continue;
      }
      if (answer.status !== 200) {
        await answer.body?.cancel();
        return { failure: `the server answers ${answer.status} ${answer.statusText}`.trim() };
      }
      return await readBounded(answer, bytesMax);
    }
    return { failure: `the server sends on more than ${redirectsMax} times` };
  } catch (error) {
    if (signal.aborted) return { failure: `no answer within ${formatDurationMs(timeoutMs)}` };
    return { failure: (error as Error).message.split("\n")[0] };
  }
}

async function readBounded(answer: Response, bytesMax: number): Promise<Download> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the stream, so the rest is not fetched.
    if (length > bytesMax) return { failure: `the file is longer than ${bytesMax} bytes` };
    chunks.push(chunk);
  }
  return { bytes: await new Blob(chunks).bytes() };
}
