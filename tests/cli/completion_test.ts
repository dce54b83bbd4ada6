import assert from "node:assert/strict";
import { type Need, testWith } from "../support/needs.ts";
import { personAtTerminal } from "../support/person_at_terminal.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

interface Shell {
  readonly needs: readonly Need[];
  readonly start: string;
  /** Typed first, with `FOLDER` for a folder of the test's own. */
  readonly prepare: readonly string[];
}

const shells: Record<"bash" | "zsh" | "fish", Shell> = {
  bash: {
    needs: [],
    start: "bash --norc --noprofile -i",
    prepare: ["source FOLDER/script"],
  },
  zsh: {
    needs: ["zsh"],
    start: "zsh -f -i",
    prepare: ["autoload -U compinit && compinit -u -d FOLDER/dump && source FOLDER/script"],
  },
  fish: {
    needs: ["fish"],
    start: "fish --no-config -i",
    prepare: ["source FOLDER/script"],
  },
};

for (const [name, { needs, start, prepare }] of Object.entries(shells)) {
  testWith(["python3", ...needs], `completion ${name} completes what is typed`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(
        `${folder}/khutulun`,
        `#!/bin/sh\nexec "${Deno.execPath()}" run --quiet -A "${main}" "$@"\n`,
        { mode: 0o755 },
      );
      const { code, stdout } = await new Deno.Command(`${folder}/khutulun`, {
        args: ["completion", name],
      }).output();
      assert.equal(code, 0);
      await Deno.writeFile(`${folder}/script`, stdout);
      await Deno.writeTextFile(`${folder}/notes.yaml`, "");
      const lines = [...prepare, "cd FOLDER"].map((line) => line.replaceAll("FOLDER", folder));
      const played = await personAtTerminal({
        argv: start.split(" "),
        env: { PATH: `${folder}:${Deno.env.get("PATH")}`, HOME: folder, KHUTULUN_ROOT: folder },
        script: [
          ...lines.map((line) => `type ${line}\\r`),
          "type echo pre''pared\\r",
          "wait prepared",
          "type khutulun service lo\\t",
          "wait service logs",
          "type \\x15khutulun service list --outp\\t",
          "wait --output",
          "type \\x15khutulun tosca validate no\\t",
          "wait notes.yaml",
          "type \\x15exit\\r",
        ],
      });
      assert.equal(played.code, 0, played.said);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("completion bash answers through its function, also within a word that bash splits", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", main, "completion", "bash"],
  }).output();
  const script = `
    khutulun() { printf '%s\\t-\\n' org.khutulun:1.0 org.khutulun:1.1; }
    COMP_LINE="khutulun profile show org.khutulun:1" COMP_POINT=\${#COMP_LINE}
    _khutulun
    printf '%s\\n' "\${COMPREPLY[@]}"
    complete -p khutulun
  `;
  const ended = await new Deno.Command("bash", {
    args: ["-c", `${new TextDecoder().decode(stdout)}\n${script}`],
  }).output();
  assert.equal(
    new TextDecoder().decode(ended.stdout),
    "1.0\n1.1\ncomplete -o bashdefault -o default -F _khutulun khutulun\n",
    new TextDecoder().decode(ended.stderr),
  );
});
