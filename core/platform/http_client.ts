import { formatDurationMs } from "../base/mod.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../ports/mod.ts";

/** Requests over this machine's network. */
export const networkHttp: HttpClient = {
  async request(asked: HttpRequest): Promise<HttpAnswer> {
    const signal = AbortSignal.timeout(asked.timeoutMs);
    try {
      const { method, headers, body } = asked;
      const answer = await fetch(asked.url, { method, headers, body, redirect: "manual", signal });
      return await readBounded(answer, asked.bodyBytesMax);
    } catch (error) {
      if (signal.aborted) {
        return { failure: `no answer within ${formatDurationMs(asked.timeoutMs)}` };
      }
      return { failure: (error as Error).message.split("\n")[0] };
    }
  },
};

async function readBounded(answer: Response, bytesMax: number): Promise<HttpAnswer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the stream, so the rest is not fetched.
    if (length > bytesMax) return { failure: `the answer is longer than ${bytesMax} bytes` };
    chunks.push(chunk);
  }
  return { status: answer.status, body: await new Blob(chunks).text() };
}
