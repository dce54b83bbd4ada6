import assert from "node:assert/strict";
import type { UseCases } from "../../agent/mod.ts";
import { fakeAgent, serveInMemory } from "../../../tests/support/fake_agent.ts";
import { runInMemory } from "../../../tests/support/fake_surroundings.ts";

/** Returns what is proposed for the last of the words. */
async function propose(line: string, overrides: Partial<UseCases> = {}): Promise<string[]> {
  const connection = serveInMemory(fakeAgent(overrides));
  const args = ["completion", "words", "--", ...line.split(" ")];
  const { code, stdout, stderr } = await runInMemory(args, { connection });
  assert.deepEqual([code, stderr], [0, ""], line);
  return stdout.split("\n").filter(Boolean).map((each) => each.split("\t")[0]);
}

Deno.test("proposeWords() proposes nouns, verbs and options", async () => {
  assert.deepEqual(await propose("serv"), ["service"]);
  assert.deepEqual(await propose("service lo"), ["logs"]);
  assert.deepEqual(await propose("service deploy --dr"), ["--dry-run"]);
  assert.deepEqual(await propose("service list -o js"), ["json"]);
  assert.ok((await propose("")).includes("tosca"));
});

Deno.test("proposeWords() keeps to itself what is no proposal", async () => {
  assert.deepEqual(await propose("completion w"), []);
  assert.deepEqual(await propose("nonsense list "), []);
  assert.deepEqual(await propose("service list --nonsense "), []);
});

Deno.test("proposeWords() proposes names that the agent knows", async () => {
  assert.deepEqual(await propose("service show "), ["hello"]);
  assert.deepEqual(await propose("service show he"), ["hello"]);
  assert.deepEqual(await propose("service show x"), []);
  const [instance] = await propose("service logs hello ");
  assert.ok(instance);
  assert.deepEqual(await propose(`service exec -it hello ${instance.slice(0, 1)}`), [instance]);
  assert.deepEqual(await propose(`service exec -it hello ${instance} `), []);
  assert.deepEqual(await propose(`service restart hello ${instance} `), [instance]);
  assert.ok((await propose("why ")).includes("hello"));
  assert.deepEqual(await propose("service rollback hello --to "), ["2"]);
  assert.ok((await propose("host drain ")).length > 0);
  assert.ok((await propose("service list -n ")).length > 0);
});

Deno.test("proposeWords() asks for the namespace and the service that were typed", async () => {
  const asked: unknown[] = [];
  const instances: UseCases["instances"] = (filter) => {
    asked.push(filter);
    return Promise.resolve([]);
  };
  await propose("service logs -n team hello ", { instances });
  await propose("service logs other/hello ", { instances });
  assert.deepEqual(asked, [
    { namespace: "team", service: "hello" },
    { namespace: "other", service: "hello" },
  ]);
});

Deno.test("proposeWords() is silent where no agent answers", async () => {
  const refused = () => Promise.reject(new Error("nobody is there"));
  assert.deepEqual(await propose("service show ", { services: refused }), []);
});
