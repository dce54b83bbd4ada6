import { fail, parseEndpoint, ProblemError } from "../../base/mod.ts";
import type { Endpoint } from "../../ports/mod.ts";
import {
  clusterServerName,
  fingerprintOf,
  type JoinToken,
  parseRing,
  parseToken,
} from "../../trust/mod.ts";
import type { AgentOptions } from "../agent_ports.ts";
import { checkJoin, type JoinPorts } from "../hosts/join.ts";
import type { Seeded } from "../hosts/seed.ts";
import { forget } from "../hosts/forget.ts";
import { HostTrust, type TrustOwner } from "./host_trust.ts";
import { proofPath } from "./proof.ts";
import type { JoinAnswer, JoinRequest } from "./trust_use_cases.ts";

/** How a host that joins speaks to one of the cluster. */
export interface JoinDoor {
  /** Returns the certificate (DER) of the authority that a server shows. Nothing is verified. */
  authorityOf(at: Endpoint, serverName: string): Promise<Uint8Array>;
  /** Asks over TLS, trusting that authority alone. A refusal is thrown. */
  ask(
    at: Endpoint,
    serverName: string,
    authority: Uint8Array,
    request: JoinRequest,
  ): Promise<JoinAnswer>;
}

/** How a host joins by a token. */
export interface TokenJoin {
  readonly token: string;
  readonly address: string;
  /** A person has chosen the address. */
  readonly isAddressGiven?: boolean;
}

/** What a join has made. */
export interface TokenJoined extends Seeded {
  /** The host that let it in. */
  readonly by: string;
}

/**
 * Lets this host join the cluster of a token: checks that it sees the cluster's state, asks a host that proves to be of the
 * cluster, and writes what it is given. Nothing is left behind where it is refused; a join that was cut short is made again.
 */
export async function joinByToken(
  ports: JoinPorts,
  options: AgentOptions,
  { token: word, address, isAddressGiven }: TokenJoin,
  door: JoinDoor,
): Promise<TokenJoined> {
  const token = parseToken(word, ports.clock.nowMs());
  const join = { address, isAddressGiven, cluster: token.cluster };
  const { commit, host, cluster, isHalfSeeded } = await checkJoin(ports, options, join);
  const owner = { own: options.own, cluster: cluster.id, host, address };
  const before = isHalfSeeded ? undefined : await openWhereWhole(ports, owner);
  if (before) refuseMember(before, options, owner);
  const answer = await withProof(ports, options.state, (proof) =>
    askAny(token, door, {
      token: token.id,
      secret: token.secret,
      host,
      cluster: cluster.id,
      proof,
      nowMs: ports.clock.nowMs(),
    }));
  if (isHalfSeeded) await HostTrust.remove(ports.files, options);
  await commit();
  // The trust last: a host that has it is a member.
  await HostTrust.accept(ports, owner, {
    authorityCertificate: answer.authorityCertificate,
    authorityKey: answer.authorityKey,
    ring: parseRing(answer.ring),
  });
  return { host, cluster, by: answer.by };
}

/** Keys whose authority is lost or damaged are of no use to anybody: a host that has such joins anew. */
async function openWhereWhole(
  ports: JoinPorts,
  owner: TrustOwner,
): Promise<HostTrust | undefined> {
  try {
    return await HostTrust.open(ports, owner);
  } catch (error) {
    const { code } = error instanceof ProblemError ? error.problem : {};
    if (code !== "TRUST_CERTIFICATE_INVALID") throw error;
  }
}

function refuseMember(
  { authority }: HostTrust,
  { own, config }: AgentOptions,
  { host, cluster }: TrustOwner,
): never {
  const theirs = authority.facts.name;
  if (theirs === cluster) {
    fail("TRUST_HOST_BELONGS", {
      what: `Cannot join: host "${host}" belongs to this cluster already`,
      why: "It has joined before",
      fix: "Run its agent: khutulun seed",
    });
  }
  fail("TRUST_HOST_BELONGS", {
    what: `Cannot join: host "${host}" has the keys of another cluster`,
    why: `Those in "${own}/trust" are of cluster ${theirs}; the token is of ${cluster}`,
    fix: `Where the host is to forget that cluster: ${forget({ own, config })}`,
  });
}

/** Writes the file that shows which state we see, and takes it away again. */
async function withProof<T>(
  { random, stateFiles }: Pick<JoinPorts, "random" | "stateFiles">,
  state: string,
  action: (proof: string) => Promise<T>,
): Promise<T> {
  const nonce = random.bytes(16).toHex();
  const path = proofPath(state, nonce)!;
  await stateFiles.writeNew(path, "", { mode: 0o644 });
  try {
    return await action(nonce);
  } finally {
    await stateFiles.remove(path).catch(() => {}); // swept later
  }
}

/** Asks the hosts that the token names, until one answers. One that is not of the cluster ends it. */
async function askAny(token: JoinToken, door: JoinDoor, request: JoinRequest): Promise<JoinAnswer> {
  const serverName = clusterServerName(token.cluster);
  const silent: string[] = [];
  for (const text of token.endpoints) {
    const at = parseEndpoint(text);
    if (!at) continue;
    let authority: Uint8Array;
    try {
      authority = await door.authorityOf(at, serverName);
    } catch (error) {
      silent.push(`${text}: ${(error as Error).message}`);
      continue;
    }
    if (await fingerprintOf(authority) !== token.authority) refuseAuthority(text);
    try {
      return await door.ask(at, serverName, authority, request);
    } catch (error) {
      const isGone = error instanceof ProblemError && error.problem.code === "API_UNREACHABLE";
      if (!isGone) throw error;
      silent.push(`${text}: ${error.problem.why ?? error.problem.what}`);
    }
  }
  return fail("API_UNREACHABLE", {
    what: "Cannot join: no host of the cluster answers",
    why: silent.join("; ") || "The token names none",
    fix:
      "Check that its agents run and that no firewall stands between (TCP, by default port 7947); " +
      "if the hosts have moved, make a new token",
  });
}

function refuseAuthority(endpoint: string): never {
  fail("TRUST_WRONG_AUTHORITY", {
    what: `Cannot join: the host at ${endpoint} is not of the token's cluster`,
    why: "The authority that it shows has another fingerprint than the token says",
    fix: "Check that nobody has taken that address; make a new token on a host of the cluster",
  });
}
