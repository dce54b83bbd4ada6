import type { HostFunctionInputs, HostFunctionOutputs } from "../../plugin/mod.ts";
import type { HttpClient } from "../../ports/mod.ts";

const timeoutDefaultMs = 5_000;

/** What a guest can take in without passing its memory limit. */
const bodyBytesMax = 1024 * 1024;

/** Returns the host function `http` over a client. Whether a plugin may reach the place is checked before. */
export function httpService(
  client: HttpClient,
): (input: HostFunctionInputs["http"]) => Promise<HostFunctionOutputs["http"]> {
  return ({ timeoutMs = timeoutDefaultMs, ...input }) =>
    client.request({ ...input, timeoutMs, bodyBytesMax });
}
