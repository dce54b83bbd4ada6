import assert from "node:assert/strict";
import { stateReadsPerSecond } from "../support/state_reads.ts";

Deno.test("an agent with 100 services and nothing to do looks into the state less than once a second", async () => {
  const perSecond = await stateReadsPerSecond({ services: 100, seconds: 3_600 });
  assert.ok(perSecond < 1, `${perSecond} looks a second`);
});
