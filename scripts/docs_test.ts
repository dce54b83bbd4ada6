import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { walkFiles } from "./walk.ts";

const root = new URL("..", import.meta.url).pathname;
/** A file or a folder of ours, as text names it. */
const ownPath = /`((?:core|demo|docs|plugins-wasm|profiles|scripts|tests|wiring)\/[\w./-]+)`/g;
/** `[words](path#heading)`; what has a scheme is somewhere else. */
const link = /\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g;

Deno.test("README and docs name only files that are there, and link to headings that are there", async () => {
  const wrong: string[] = [];
  const found = [...walkFiles(root, ["README.md", "docs"], ".md")];
  for (const page of found) {
    const text = await Deno.readTextFile(root + page);
    for (const [, path] of text.matchAll(ownPath)) {
      if (!await isThere(path)) wrong.push(`${page}: ${path}`);
    }
    for (const [, path, heading] of text.matchAll(link)) {
      const target = path === "" ? page : join(dirname(page), path);
      const isGood = await isThere(target) &&
        (!heading || headingsOf(await Deno.readTextFile(root + target)).has(heading));
      if (!isGood) wrong.push(`${page}: ${path}${heading ? `#${heading}` : ""}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(found.length > 50, "the pages were found");
});

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(root + path).then(() => true, () => false);
}

/** The anchors that a page of Markdown has, as forges make them of its headings. */
function headingsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, words]) =>
      words.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-")
    ),
  );
}
