import { defaultNamespace, fail } from "../../base/mod.ts";
import type { SecretView } from "../../api/mod.ts";
import { type Listing, printData, printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import { readFile } from "../user_files.ts";
import type { SecretFlags, SecretSetFlags, SecretShowFlags } from "../trust_flags.ts";
import { withAgent } from "../with_agent.ts";

/** More than an agent takes; whoever pipes a disk image here is told at once. */
const valueBytesMax = 64 * 1_024;

/** The value comes from standard input or a file: arguments are for everybody to read. */
export async function setSecret(
  it: Surroundings,
  { file, host, ...flags }: SecretSetFlags,
  name: string,
): Promise<void> {
  const value = file === undefined
    ? withoutLineBreak(await readInput(it, name))
    : await readValue(it, file);
  if (value.length === 0) {
    fail("CLI_USAGE", {
      what: `Cannot keep the secret "${name}": its value is empty`,
      fix: `Give it on standard input or by --file: khutulun secret set ${name} --file FILE`,
    });
  }
  const body = { base64: value.toBase64(), ...(host && host.length > 0 && { only: [...host] }) };
  const view = await withAgent(
    it,
    flags,
    (client) => client.call("setSecret", { path: pathOf(flags, name), body }),
  );
  await printRows(it, flags.output, [view], listing);
}

export async function listSecrets(it: Surroundings, flags: SecretFlags): Promise<void> {
  const query = { namespace: flags.namespace };
  const rows = await withAgent(it, flags, (client) => client.call("secrets", { query }));
  await printRows(it, flags.output, rows, listing);
}

export async function showSecret(
  it: Surroundings,
  { reveal, ...flags }: SecretShowFlags,
  name: string,
): Promise<void> {
  const path = pathOf(flags, name);
  if (reveal) {
    const { base64 } = await withAgent(
      it,
      flags,
      (client) => client.call("revealSecret", { path }),
    );
    return it.stdout.writeBytes(Uint8Array.fromBase64(base64));
  }
  const query = { namespace: path.namespace };
  const all = await withAgent(it, flags, (client) => client.call("secrets", { query }));
  const view = all.find((each) => each.name === name) ?? fail("TRUST_SECRET_UNKNOWN", {
    what: `There is no secret "${path.namespace}/${name}"`,
    fix: "See them: khutulun secret list",
  });
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, view);
  }
  await printRows(it, flags.output, [view], listing);
}

export async function removeSecret(
  it: Surroundings,
  flags: SecretFlags,
  name: string,
): Promise<void> {
  const path = pathOf(flags, name);
  await withAgent(it, flags, (client) => client.call("removeSecret", { path }));
  it.stdout.write(`The secret "${path.namespace}/${name}" is gone\n`);
}

function pathOf({ namespace = defaultNamespace }: SecretFlags, name: string) {
  return { namespace, name };
}

async function readInput(it: Surroundings, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of it.stdin()) {
    length += chunk.length;
    if (length > valueBytesMax) tooLarge(name);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function readValue(it: Surroundings, path: string): Promise<Uint8Array> {
  const info = await it.files.stat(path);
  if (info?.kind === "file" && info.sizeBytes > valueBytesMax) tooLarge(path);
  const value = await readFile(it, path);
  return value.length > valueBytesMax ? tooLarge(path) : value;
}

/** What echo and editors put at the end. */
function withoutLineBreak(value: Uint8Array): Uint8Array {
  return value.at(-1) === 10 ? value.subarray(0, value.at(-2) === 13 ? -2 : -1) : value;
}

function tooLarge(name: string): never {
  fail("CLI_FILE", {
    what: `Cannot keep "${name}" as a secret: it is larger than ${valueBytesMax} bytes`,
    fix: "Keep large files out of secrets: encrypt them, and keep their key here",
  });
}

const listing: Listing<SecretView> = {
  plural: "secrets",
  name: (row) => row.name,
  columns: [
    { title: "NAMESPACE", of: (row) => row.namespace },
    { title: "SECRET", of: (row) => row.name },
    { title: "GENERATION", of: (row) => String(row.generation) },
    { title: "SET", of: (row) => row.at },
    { title: "BY", of: (row) => row.by },
    { title: "HOSTS", of: (row) => row.hosts.join(", ") },
  ],
};
