import { deepEqual, equal, ok } from "node:assert/strict";
import { gzipSync, strToU8, zipSync } from "fflate";
import { packTar } from "modern-tar";
import { openArchive, openArchiveFrom, unpackArchive } from "./open.ts";

const template = "tosca_definitions_version: tosca_2_0\n";
const meta = "CSAR-Version: 2.0\nCreated-By: test\nEntry-Definitions: main.yaml\n";

function zip(files: Readonly<Record<string, string>>): Uint8Array {
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])),
  );
}

async function tar(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  return await packTar(
    Object.entries(files).map(([name, body]) => ({
      header: { name, size: strToU8(body).length },
      body,
    })),
  );
}

async function codes(bytes: Uint8Array): Promise<string[]> {
  const { problems } = await openArchive(bytes, "a.zip");
  return problems.map((each) => `${each.code} ${each.where?.position?.line ?? ""}`.trim());
}

Deno.test("openArchive() opens zip, tar and gzipped tar, with and without TOSCA.meta", async () => {
  const files = { "TOSCA.meta": meta, "main.yaml": template, "other.yaml": template };
  for (const bytes of [zip(files), await tar(files), gzipSync(await tar(files))]) {
    const { value, problems } = await openArchive(bytes, "a");
    deepEqual(problems, []);
    equal(value?.entry, "main.yaml");
  }
  const { value } = await openArchive(
    zip({ "only.yml": template, "sub/more.yaml": template }),
    "a",
  );
  equal(value?.entry, "only.yml");
});

Deno.test("check 101: what is no archive, and two TOSCA.meta", async () => {
  deepEqual(await codes(strToU8("no archive")), ["TOSCA_ARCHIVE"]);
  deepEqual(await codes(zip({ "main.yaml": template }).subarray(0, 60)), ["TOSCA_ARCHIVE"]);
  deepEqual(
    await codes(
      zip({ "TOSCA.meta": meta, "TOSCA-Metadata/TOSCA.meta": meta, "main.yaml": template }),
    ),
    ["TOSCA_ARCHIVE"],
  );
});

Deno.test("check 102: malformed lines and a wrong or missing version in TOSCA.meta", async () => {
  const open = (text: string) => codes(zip({ "TOSCA.meta": text, "main.yaml": template }));
  deepEqual(await open("no line\nCSAR-Version: 2.0\n"), ["TOSCA_ARCHIVE_META 1"]);
  deepEqual(await open("CSAR-Version: 1.1\n"), ["TOSCA_ARCHIVE_META 1"]);
  deepEqual(await open("Created-By: me\n"), ["TOSCA_ARCHIVE_META 1"]);
  deepEqual(await open("CSAR-Version:\n 2.0\nEntry-Definitions: main.yaml\n\nName: x\n"), []);
});

Deno.test("check 103: definitions that are not there", async () => {
  const open = (text: string) =>
    codes(zip({ "TOSCA.meta": text, "main.yaml": template, "a b.yaml": template }));
  deepEqual(await open("CSAR-Version: 2.0\nEntry-Definitions: mian.yaml\n"), [
    "TOSCA_ARCHIVE_ENTRY 2",
  ]);
  deepEqual(await open(`${meta}Other-Definitions: "a b.yaml" c.yaml\n`), ["TOSCA_ARCHIVE_ENTRY 4"]);
  deepEqual(await open(`${meta}Other-Definitions: "a b.yaml"\n`), []);
});

Deno.test("check 104: no TOSCA.meta and not exactly one YAML file at the root", async () => {
  deepEqual(await codes(zip({ "a.yaml": template, "b.yaml": template })), ["TOSCA_ARCHIVE_ENTRY"]);
  deepEqual(await codes(zip({ "sub/a.yaml": template })), ["TOSCA_ARCHIVE_ENTRY"]);
});

Deno.test("check 105: names and links that leave the archive", async () => {
  for (const name of ["../a.yaml", "/a.yaml", "b/../../a.yaml", "b\\a.yaml"]) {
    deepEqual(
      await codes(zip({ "main.yaml": template, [name]: template })),
      ["TOSCA_ARCHIVE"],
      name,
    );
  }
  const linked = await packTar([
    { header: { name: "main.yaml", size: 3 }, body: "a: " },
    { header: { name: "link", size: 0, type: "symlink", linkname: "../../etc/passwd" } },
  ]);
  deepEqual(await codes(linked), ["TOSCA_ARCHIVE"]);
});

Deno.test("openArchive() refuses names that are there twice, and bombs before they go off", async () => {
  const doubled = zip({ "a.yaml": template, "b.yaml": template });
  const text = new TextDecoder("latin1").decode(doubled).replaceAll("b.yaml", "a.yaml");
  deepEqual(await codes(Uint8Array.from(text, (each) => each.charCodeAt(0))), ["TOSCA_ARCHIVE"]);
  const bomb = zipSync({ "main.yaml": [new Uint8Array(1 << 20), { level: 9 }] });
  const view = new DataView(bomb.buffer);
  const end = bomb.length - 22;
  view.setUint32(view.getUint32(end + 16, true) + 24, 100, true);
  const { value, problems } = await openArchive(bomb, "bomb.zip");
  equal(value, undefined);
  ok(problems[0].why?.includes("larger than it says"));
});

Deno.test("openArchive() reads names over 100 characters, base 256, links to links and other ends of lines", async () => {
  const long = `${"folder/".repeat(30)}types.yaml`;
  const archive = await packTar([
    { header: { name: "./", size: 0, type: "directory" } },
    { header: { name: "./main.yaml", size: template.length }, body: template },
    { header: { name: `./${long}`, size: template.length }, body: template },
    { header: { name: "a.yaml", size: 0, type: "symlink", linkname: "./b/../main.yaml" } },
    { header: { name: "b/c.yaml", size: 0, type: "link", linkname: "a.yaml" } },
    { header: { name: "nowhere", size: 0, type: "symlink", linkname: "nothing" } },
  ]);
  for (const bytes of [archive, gzipSync(archive)]) {
    const { problems } = await openArchive(bytes, "a");
    // Two templates at the root: the link is one as well.
    deepEqual(problems.map((each) => each.code), ["TOSCA_ARCHIVE_ENTRY"]);
    ok(problems[0].why?.includes("main.yaml, a.yaml"), problems[0].why);
  }
  const opened = await openArchive(
    zip({ "TOSCA.meta": meta.replaceAll("\n", "\r\n"), "./main.yaml": template, "d/": "" }),
    "a",
  );
  deepEqual(opened.problems, []);
  deepEqual([...opened.value!.members.keys()], ["TOSCA.meta", "main.yaml"]);
});

Deno.test("openArchive() tells what is cut off or damaged, in every format", async () => {
  const body = `${template}# ${"x".repeat(3_000)}\n`;
  const files = { "main.yaml": body };
  const tarred = await tar(files);
  for (const bytes of [tarred.subarray(0, 1_500), gzipSync(tarred).subarray(0, 60)]) {
    deepEqual(await codes(bytes), ["TOSCA_ARCHIVE"]);
  }
  const wrongSum = Uint8Array.from(tarred);
  wrongSum[1] ^= 1;
  deepEqual(await codes(wrongSum), ["TOSCA_ARCHIVE"]);
  const stored = zipSync({ "main.yaml": [strToU8(body), { level: 0 }] });
  stored[60] ^= 1;
  deepEqual(await codes(stored), ["TOSCA_ARCHIVE"]);
});

Deno.test("openArchive() refuses devices, an archive that says too much, and what is encrypted", async () => {
  const device = await packTar([{
    header: { name: "disk", size: 0, type: "block-device" },
  }, { header: { name: "main.yaml", size: template.length }, body: template }]);
  deepEqual(await codes(device), ["TOSCA_ARCHIVE"]);
  const large = zip({ "main.yaml": template });
  const view = new DataView(large.buffer);
  const directory = view.getUint32(large.length - 6, true);
  view.setUint32(directory + 24, 0xfffffff0, true);
  deepEqual(await codes(large), ["TOSCA_ARCHIVE"]);
  const secret = zip({ "main.yaml": template });
  secret[new DataView(secret.buffer).getUint32(secret.length - 6, true) + 8] |= 1;
  deepEqual(await codes(secret), ["TOSCA_ARCHIVE"]);
});

Deno.test("openArchiveFrom() reads of a large archive what is asked for, and no more", async () => {
  const large = { "main.yaml": template, "disk.img": "y".repeat(3_000_000) };
  const stored = zipSync(
    Object.fromEntries(
      Object.entries(large).map(([name, text]) => [name, [strToU8(text), { level: 0 }]]),
    ),
  );
  for (const bytes of [stored, await tar(large)]) {
    let read = 0;
    const { value, problems } = await openArchiveFrom({
      length: bytes.length,
      read: (offset, length) => {
        const part = bytes.subarray(offset, offset + length);
        read += part.length;
        return Promise.resolve(part);
      },
    }, "large");
    deepEqual(problems, []);
    ok(read < 100_000, String(read));
    equal((await value!.members.get("disk.img")!.read()).length, 3_000_000);
  }
  const packed = await openArchive(gzipSync(await tar(large)), "large");
  equal((await packed.value!.members.get("disk.img")!.read()).length, 3_000_000);
  equal((await unpackArchive(packed.value!, "large")).value.size, 2);
});
