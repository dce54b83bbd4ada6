import { equal } from "node:assert/strict";
import { formatProblem } from "../../core/base/mod.ts";
import { findProfiles, memoryFiles, validate } from "../../core/tosca/mod.ts";
import { readTree } from "./corpus.ts";

const root = new URL("../..", import.meta.url).pathname;
const page = `${root}/docs/tosca.md`;

Deno.test("validate() says of ten mistakes what the page on TOSCA shows", async () => {
  const text = await Deno.readTextFile(page);
  const template = text.match(/```yaml\n([\s\S]*?)```/)![1];
  const shown = text.match(/```text\n([\s\S]*?)```/)![1];
  const { problems } = await validate({
    files: memoryFiles(new Map([["scales.yaml", template]])),
    entry: "scales.yaml",
    profiles: findProfiles(await readTree(`${root}/profiles`), { prefix: "profiles/" }),
  });
  equal(problems.length, 10);
  const found = problems.map((each) => `${formatProblem(each)}\n`).join("");
  if (Deno.env.get("UPDATE_GOLDEN")) {
    await Deno.writeTextFile(
      page,
      text.replace(/```text\n[\s\S]*?```/, () => `\`\`\`text\n${found}\`\`\``),
    );
  } else equal(found, shown);
});
