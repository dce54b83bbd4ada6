import assert from "node:assert/strict";
import type { Effect, HostPlan, Step } from "../../plan/mod.ts";
import { stepDoing } from "../../../tests/support/plain_step.ts";
import { renderScript } from "./script.ts";

function scriptOf(effect: Effect, parts: Partial<Step> = {}, plan: Partial<HostPlan> = {}): string {
  const script = renderScript([{
    host: "h1",
    ref: { namespace: "default", service: "shop" },
    steps: [stepDoing(effect, parts)],
    waits: [],
    later: [],
    problems: [],
    ...plan,
  }]);
  return script.split("\n").slice(5, -1).join("\n");
}

Deno.test("renderScript() writes a unit with a here-document", () => {
  const text = "[Service]\nExecStart=/bin/true\n";
  assert.equal(
    scriptOf({ write: { path: "/etc/systemd/system/x.service", mode: "0644", text } }),
    "install -D -m 0644 /dev/stdin /etc/systemd/system/x.service <<'END'\n" +
      "[Service]\nExecStart=/bin/true\nEND",
  );
});

Deno.test("renderScript() quotes what sh would take apart", () => {
  assert.equal(
    scriptOf({ exec: { argv: ["echo", "it's $HOME", "a b"], env: { A: "x y" } } }),
    `env 'A=x y' echo 'it'\\''s $HOME' 'a b'`,
  );
});

Deno.test("renderScript() goes on after the exit codes that a step allows, and after no other", async () => {
  const ends = async (code: number, okExit: number[]) => {
    const line = scriptOf({ exec: { argv: ["sh", "-c", `exit ${code}`], okExit } });
    const args = ["-c", `set -eu\n${line}\nexit 42`];
    return (await new Deno.Command("sh", { args }).output()).code === 42;
  };
  assert.deepEqual(await Promise.all([ends(0, [0, 5]), ends(5, [0, 5]), ends(1, [0, 5])]), [
    true,
    true,
    false,
  ]);
  const codes = [0, 1, 5, 7];
  assert.deepEqual(await Promise.all(codes.map((code) => ends(code, [0, 1, 5]))), [
    ...[true, true, true, false],
  ]);
});

Deno.test("renderScript() keeps a text that ends without a newline as it is", () => {
  assert.equal(
    scriptOf({ write: { path: "/x", mode: "0600", text: "no newline", owner: "web:www" } }),
    "printf %s 'no newline' | install -D -m 0600 -o web -g www /dev/stdin /x",
  );
});

Deno.test("renderScript() chooses another mark where the text has the usual one", () => {
  assert.match(scriptOf({ exec: { argv: ["cat"], stdin: "END\n" } }), /^cat <<'END_'\nEND\nEND_$/);
});

Deno.test("renderScript() says what a step waits for", () => {
  const script = renderScript([{
    host: "h1",
    ref: { namespace: "default", service: "shop" },
    steps: [{
      key: "k",
      item: "client-0",
      why: "start client-0",
      needs: [],
      owns: [],
      gate: "start",
      timeoutMs: 1,
      do: { exec: { argv: ["systemctl", "start", "x"] } },
    }],
    waits: [{ item: "client-0", gate: "start", for: ["web-0"] }],
    later: [],
    problems: [],
  }]);
  assert.match(script, /# start client-0\n# \(once ready: web-0\)\nsystemctl start x\n/);
});

Deno.test("renderScript() keeps a name with line breaks in its comment: it is no command", async () => {
  const item = "web\necho mended\r\n\x1b[2J#-0";
  const script = renderScript([{
    host: "h1",
    ref: { namespace: "default", service: "shop" },
    steps: [stepDoing({ exec: { argv: ["true"] } }, { item, why: `start ${item}`, gate: "start" })],
    waits: [{ item, gate: "start", for: [`a${item}`] }],
    later: [{ item, why: `wait for ${item}` }],
    problems: [],
  }]);
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  assert.equal(new TextDecoder().decode(stdout), "");
  const comments = script.split("\n").filter((line) => line.includes("echo mended"));
  assert.equal(comments.length, 3);
  assert.ok(comments.every((line) => line.startsWith("# ") && !line.includes("\x1b")));
});
