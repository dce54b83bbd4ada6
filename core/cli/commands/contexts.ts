import { didYouMean, fail, formatDurationMs } from "../../base/mod.ts";
import type { OutputFlags } from "../flags.ts";
import { type Listing, printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import { readFile, written } from "../user_files.ts";
import type { ContextCreateFlags, TrustFlags } from "../trust_flags.ts";
import { withAgent } from "../with_agent.ts";
import { type Context, formatContext, isContextName, parseContext } from "../context.ts";

/** A context and what its certificate says. */
interface Row {
  readonly name: string;
  readonly cluster: string;
  readonly endpoints: readonly string[];
  readonly expires: string;
  readonly isCurrent: boolean;
}

export async function createContext(
  it: Surroundings,
  { ttl, to, ...flags }: ContextCreateFlags,
  name: string,
): Promise<void> {
  checkName(name);
  // The key is made here and stays here: the agent sees a request for a certificate.
  const { request, privateKey } = await it.makeContextKey(name);
  const body = { request, ttlMs: ttl };
  const answer = await withAgent(it, flags, (client) => client.call("createContext", { body }));
  const context: Context = { format: 1, name, ...answer, privateKey };
  if (to === undefined) {
    await it.contexts.write(name, formatContext(context));
    it.stdout.write(
      `Made context "${name}" for cluster "${context.cluster.name}". ` +
        `Use it: khutulun --context ${name} …, or khutulun context use ${name}\n`,
    );
    return;
  }
  await written(to, it.contexts.writeTo(to, formatContext(context)));
  it.stdout.write(
    `Wrote "${to}": whoever has it is an administrator of cluster ` +
      `"${context.cluster.name}". On the other machine: khutulun context add FILE\n`,
  );
}

export async function addContext(
  it: Surroundings,
  _flags: Record<never, never>,
  file: string,
): Promise<void> {
  const context = parseContext(new TextDecoder().decode(await readFile(it, file)), file);
  await it.contexts.write(context.name, formatContext(context));
  it.stdout.write(`Took context "${context.name}" for cluster "${context.cluster.name}"\n`);
}

export async function listContexts(it: Surroundings, flags: OutputFlags): Promise<void> {
  const current = await it.contexts.current();
  const rows: Row[] = [];
  for (const name of await it.contexts.list()) {
    const context = await readContext(it, name);
    const { notAfterMs } = await it.certificateOf(context.certificate);
    rows.push({
      name,
      cluster: context.cluster.name,
      endpoints: context.endpoints,
      expires: describe(notAfterMs, it.nowMs()),
      isCurrent: name === current,
    });
  }
  await printRows(it, flags.output, rows, listing);
}

export async function useContext(
  it: Surroundings,
  _flags: Record<never, never>,
  name: string,
): Promise<void> {
  if (name === "none") {
    await it.contexts.use(undefined);
    return it.stdout.write("Commands speak to the agent of this host\n");
  }
  const context = await readContext(it, name);
  await it.contexts.use(name);
  it.stdout.write(
    `Commands speak to cluster "${context.cluster.name}"; ` +
      `back to the agent of this host: khutulun context use none\n`,
  );
}

export async function removeContext(
  it: Surroundings,
  _flags: Record<never, never>,
  name: string,
): Promise<void> {
  await readContext(it, name);
  await it.contexts.remove(name);
  it.stdout.write(
    `The context "${name}" is gone. Its certificate is good until it expires, or: khutulun context revoke ${name}\n`,
  );
}

export async function revokeContext(
  it: Surroundings,
  flags: TrustFlags,
  name: string,
): Promise<void> {
  checkName(name);
  const { hosts } = await withAgent(
    it,
    flags,
    (client) => client.call("revokeContext", { path: { name } }),
  );
  const knowing = hosts.filter(({ generation }) => generation !== undefined).length;
  const rest = knowing < hosts.length ? ", the others learn of it when they answer again" : "";
  it.stdout.write(
    `Contexts "${name}" that were made until now are refused: ${knowing} of ${hosts.length} ` +
      `hosts know${rest}\n`,
  );
}

async function readContext(it: Surroundings, name: string): Promise<Context> {
  const text = await it.contexts.read(name);
  if (text !== undefined) return parseContext(text, name);
  const names = await it.contexts.list();
  return fail("TRUST_CONTEXT_UNKNOWN", {
    what: `There is no context "${name}"`,
    fix: didYouMean(name, names) ?? "See them: khutulun context list",
  });
}

function checkName(name: string): void {
  if (isContextName(name)) return;
  fail("CLI_USAGE", {
    what: `Cannot take "${name}" as the name of a context`,
    why: 'A name is letters, digits, dots and dashes, and not "none"',
  });
}

function describe(notAfterMs: number, nowMs: number): string {
  const dayMs = 86_400_000;
  const leftMs = notAfterMs - nowMs;
  if (leftMs <= 0) return "expired";
  return leftMs > dayMs
    ? `in ${Math.floor(leftMs / dayMs)} days`
    : `in ${formatDurationMs(Math.ceil(leftMs / 60_000) * 60_000)}`;
}

const listing: Listing<Row> = {
  plural: "contexts",
  name: (row) => row.name,
  columns: [
    { title: "CONTEXT", of: (row) => row.name },
    { title: "CLUSTER", of: (row) => row.cluster },
    { title: "CURRENT", of: (row) => row.isCurrent ? "yes" : "" },
    { title: "EXPIRES", of: (row) => row.expires },
    { title: "ENDPOINTS", of: (row) => row.endpoints.join(", ") },
  ],
};
