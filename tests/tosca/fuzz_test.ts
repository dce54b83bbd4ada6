import { equal } from "node:assert/strict";
import { fuzz } from "./fuzz.ts";

Deno.test("compile(), validate() and openArchive() neither crash nor hang in 10,000 changed templates", async () => {
  equal((await fuzz({ runs: 10_000, seed: 2 })).runs, 10_000);
});
