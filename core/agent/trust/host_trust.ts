import { fail, type Problem } from "../../base/mod.ts";
import type { Clock, Files, Logger, Random } from "../../ports/mod.ts";
import {
  type Authority,
  canonicalName,
  type CertificateFacts,
  clusterServerName,
  createAuthority,
  createKeyPair,
  createRequest,
  createRing,
  createSealKey,
  exportKey,
  formatRing,
  hostServerName,
  importKey,
  issueTimeMs,
  type KeyRing,
  lostRing,
  newerRing,
  openAuthority,
  parseRing,
  readCertificate,
  type Renewal,
  renewalOf,
  type SealKey,
} from "../../trust/mod.ts";
import {
  beforeOf,
  directoryOf,
  putBack,
  readFile,
  refuseDamaged,
  removeDirectory,
  removeFile,
  statOf,
} from "./trust_files.ts";

export interface TrustPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** The host's own files. */
  readonly files: Files;
}

/** Whose trust it is. */
export interface TrustOwner {
  /** The host's own directory; the keys are in `trust/` below it. */
  readonly own: string;
  readonly cluster: string;
  readonly host: string;
  /** Under which other hosts reach this one. */
  readonly address: string;
}

/** What a host shows by TLS, and what it trusts; all PEM. */
export interface HostCredentials {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** What a host that joins is given, beside its own certificate. */
export interface SharedTrust {
  readonly authorityCertificate: string;
  readonly authorityKey: string;
  readonly ring: KeyRing;
}

interface Parts extends OwnParts {
  readonly authority: Authority;
  readonly sealKey: SealKey;
  readonly ring: KeyRing;
}

/** What is in `host.pem`. */
interface OwnParts {
  readonly certificate: string;
  readonly privateKey: string;
  readonly facts: CertificateFacts;
}

/**
 * What a host knows its cluster by: authority, own certificate, key for secrets, keys of the gossip. It is in files that the
 * host's user alone can read, and never on the share.
 *
 *     ca.crt, ca.key   the authority: every host is a master
 *     host.pem         certificate and key in one file, so that they always fit each other
 *     seal.json        the key that secrets are sealed to
 *     gossip.keys      the ring
 *
 * All but the authority is made anew where it is lost or damaged: see `mend`.
 */
export class HostTrust {
  readonly #ports: TrustPorts;
  readonly #owner: TrustOwner;
  readonly #listeners = new Set<() => void>();
  #parts: Parts;
  #refusal: Problem | undefined;
  /** Files that could not be read. */
  readonly #lost: readonly string[];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    ports: TrustPorts,
    owner: TrustOwner,
    parts: Parts,
    lost: readonly string[] = [],
  ) {
    this.#ports = ports;
    this.#owner = owner;
    this.#parts = parts;
    this.#lost = lost;
  }

  /** Makes what the first host of a cluster needs; what a seed that was cut short has made is kept. */
  static async seed(ports: TrustPorts, owner: TrustOwner): Promise<HostTrust> {
    const made = await HostTrust.open(ports, owner);
    if (made?.authority.facts.name === owner.cluster) return made;
    const authority = await createAuthority({
      cluster: owner.cluster,
      nowMs: ports.clock.nowMs(),
    });
    return await HostTrust.accept(ports, owner, {
      authorityCertificate: authority.certificate,
      authorityKey: authority.privateKey,
      ring: createRing(ports.random),
    });
  }

  /** Writes what a host of the cluster has handed over, with a certificate for this one. */
  static async accept(
    ports: TrustPorts,
    owner: TrustOwner,
    shared: SharedTrust,
  ): Promise<HostTrust> {
    const nowMs = ports.clock.nowMs();
    const authority = await openAuthority(shared.authorityCertificate, shared.authorityKey);
    const own = await issueOwn(authority, owner, shared.ring, nowMs);
    const sealKey = await createSealKey(authority, owner.host, nowMs);
    await ports.files.makeDirectory(owner.own, { parents: true, mode: 0o700 });
    // Made aside and renamed: what is there is whole.
    const aside = `${directoryOf(owner)}.new`;
    await removeDirectory(ports.files, aside);
    await ports.files.makeDirectory(aside, { mode: 0o700 });
    const write = (name: string, text: string) =>
      ports.files.writeNew(`${aside}/${name}`, text, { mode: 0o600 });
    await write("ca.crt", shared.authorityCertificate);
    await write("ca.key", shared.authorityKey);
    await write("host.pem", pemOf(own));
    await write("seal.json", JSON.stringify(sealKey));
    await write("gossip.keys", formatRing(shared.ring));
    await ports.files.syncDirectory(aside);
    // What was there was of no use; but it may be the last there is of some cluster's authority.
    if (await ports.files.stat(directoryOf(owner))) {
      await removeDirectory(ports.files, beforeOf(owner));
      await ports.files.rename(directoryOf(owner), beforeOf(owner));
    }
    await ports.files.rename(aside, directoryOf(owner));
    await ports.files.syncDirectory(owner.own);
    const parts = { authority, ...ownPartsOf(own), sealKey, ring: shared.ring };
    return new HostTrust(ports, owner, parts);
  }

  /**
   * Reads what is there; nothing where the host has none. `TRUST_CERTIFICATE_INVALID` where the authority cannot be told from
   * it; what else cannot is made anew, and written by `mend`.
   */
  static async open(ports: TrustPorts, owner: TrustOwner): Promise<HostTrust | undefined> {
    const directory = directoryOf(owner);
    if (!await statOf(ports.files, directory, owner)) return undefined;
    if (!await statOf(ports.files, `${directory}/ca.crt`, owner)) return undefined;
    const read = (name: string) => readFile(ports.files, `${directory}/${name}`, owner);
    const authority = await openAuthority(await read("ca.crt") ?? "", await read("ca.key") ?? "")
      .catch((error) => refuseDamaged(owner, error));
    const nowMs = ports.clock.nowMs();
    const lost: string[] = [];
    const whole = async <T>(name: string, parse: (text: string) => T | Promise<T>) => {
      const text = await read(name);
      try {
        if (text !== undefined) return await parse(text);
      } catch {
        // as if it were not there
      }
      lost.push(name);
    };
    const ring = await whole("gossip.keys", parseRing) ?? lostRing(ports.random);
    const own = await whole("host.pem", (text) => parseOwn(text, owner)) ??
      ownPartsOf(await issueOwn(authority, owner, ring, nowMs));
    const sealKey = await whole("seal.json", (text) => parseSealKey(text, owner)) ??
      await createSealKey(authority, owner.host, nowMs);
    return new HostTrust(ports, owner, { authority, ...own, sealKey, ring }, lost);
  }

  /** Returns of which cluster the keys of a host are, and which host it is; nothing where that cannot be told. */
  static async belonging(
    files: Files,
    owner: Pick<TrustOwner, "own">,
  ): Promise<{ readonly cluster: string; readonly host?: string } | undefined> {
    const facts = async (name: string) => {
      const text = await readFile(files, `${directoryOf(owner)}/${name}`, owner);
      try {
        return text === undefined ? undefined : readCertificate(splitPem(text).certificate);
      } catch {
        return undefined; // it cannot be told by that
      }
    };
    const [authority, own] = [await facts("ca.crt"), await facts("host.pem")];
    return authority && { cluster: authority.name, ...(own && { host: own.name }) };
  }

  /** Removes it: the host belongs to no cluster then. */
  static async remove(files: Files, owner: Pick<TrustOwner, "own">): Promise<void> {
    await removeDirectory(files, directoryOf(owner));
    await removeDirectory(files, beforeOf(owner));
  }

  /**
   * Writes what was made anew because it was lost or damaged, and returns the names of those files. Keys of the gossip are not
   * made: other hosts have them, and one that is the only host makes a ring when it sees that.
   */
  async mend(): Promise<readonly string[]> {
    for (const name of this.#lost) {
      if (name === "host.pem") await this.#replace(name, pemOf(this.#parts));
      if (name === "seal.json") await this.#replace(name, JSON.stringify(this.sealKey));
    }
    return this.#lost;
  }

  get authority(): Authority {
    return this.#parts.authority;
  }

  get credentials(): HostCredentials {
    const { certificate, privateKey, authority } = this.#parts;
    return { certificate, privateKey, authority: authority.certificate };
  }

  get facts(): CertificateFacts {
    return this.#parts.facts;
  }

  get sealKey(): SealKey {
    return this.#parts.sealKey;
  }

  get ring(): KeyRing {
    return this.#parts.ring;
  }

  /** Why other hosts refuse this one, as they said when they were asked last: it was removed from the cluster. */
  get refusal(): Problem | undefined {
    return this.#refusal;
  }

  /** Notes what other hosts have said of this one's certificate; nothing where they took it. */
  refused(refusal: Problem | undefined): void {
    this.#refusal = refusal;
  }

  /** How much of its life the host's certificate has left. */
  renewal(): Renewal {
    return renewalOf(this.#parts.facts, this.#ports.clock.nowMs());
  }

  /** Calls back when the certificate or the ring has changed. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Renews the host's certificate where two thirds of its life are over, or where it is not for the host's address. Returns
   * whether it was.
   */
  renewWhereDue(): Promise<boolean> {
    return this.#inTurn(() => this.#renewWhereDue());
  }

  async #renewWhereDue(): Promise<boolean> {
    const isOurs = this.#parts.facts.names.includes(canonicalName(this.#owner.address));
    if (this.renewal().state === "fresh" && isOurs) return false;
    const { authority, ring } = this;
    const own = await issueOwn(authority, this.#owner, ring, this.#ports.clock.nowMs());
    await this.#replace("host.pem", pemOf(own));
    this.#change({ ...own, facts: readCertificate(own.certificate) });
    return true;
  }

  /** Takes a ring that is newer than what the host has. Returns the ring that it has then. */
  takeRing(ring: KeyRing): Promise<KeyRing> {
    return this.#inTurn(async () => {
      const newer = newerRing(this.ring, ring);
      if (formatRing(newer) !== formatRing(this.ring)) await this.#putRing(newer);
      return this.ring;
    });
  }

  /** Takes the ring that follows `before`, unless the host has another one by now. */
  followRing(before: KeyRing, next: KeyRing): Promise<void> {
    return this.#inTurn(async () => {
      if (formatRing(this.ring) === formatRing(before)) await this.#putRing(next);
    });
  }

  /** What a host that joins is given. */
  share(): SharedTrust {
    const { certificate, privateKey } = this.authority;
    return { authorityCertificate: certificate, authorityKey: privateKey, ring: this.ring };
  }

  async #putRing(ring: KeyRing): Promise<void> {
    await this.#replace("gossip.keys", formatRing(ring));
    this.#change({ ring });
  }

  /** One change after the other: what is decided on what the host has is written before the next is decided. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }

  #change(parts: Partial<Parts>): void {
    this.#parts = { ...this.#parts, ...parts };
    for (const listener of this.#listeners) listener();
  }

  async #replace(name: string, text: string): Promise<void> {
    const { files } = this.#ports;
    const directory = directoryOf(this.#owner);
    const aside = `${directory}/.${name}.new`;
    await removeFile(files, aside);
    await files.writeNew(aside, text, { mode: 0o600 });
    await files.rename(aside, `${directory}/${name}`);
    await files.syncDirectory(directory);
  }
}

/** Returns the trust of a host that must have some, mended where it can be; `TRUST_MATERIAL_MISSING` where it was lost. */
export async function openTrust(
  ports: TrustPorts & { readonly logger?: Logger },
  owner: TrustOwner,
): Promise<HostTrust> {
  const trust = await HostTrust.open(ports, owner);
  for (const name of await trust?.mend() ?? []) {
    ports.logger?.log("warning", `"${directoryOf(owner)}/${name}" was lost or damaged`, {
      fix: fixes[name],
    });
  }
  return trust ?? fail("TRUST_MATERIAL_MISSING", {
    what: `Cannot start the agent of host "${owner.host}"`,
    why: `Its certificate and keys are not in "${directoryOf(owner)}"`,
    fix: putBack(owner),
  });
}

/** What goes on where a file was lost that is made anew. */
const fixes: Readonly<Record<string, string>> = {
  "host.pem": "Nothing: the host has a new certificate",
  "seal.json": "Nothing, where other hosts live: they seal the secrets to this one anew. " +
    "Else put the file back from a backup, or set the secrets again: khutulun secret set",
  "gossip.keys": "Nothing: other hosts are asked for them, once they answer",
};

async function parseOwn(text: string, { host }: TrustOwner): Promise<OwnParts> {
  const own = ownPartsOf(splitPem(text));
  await importKey(own.privateKey);
  if (own.facts.name !== host) throw new Error("It is another host's");
  return own;
}

function ownPartsOf(
  own: { readonly certificate: string; readonly privateKey: string },
): OwnParts {
  return { ...own, facts: readCertificate(own.certificate) };
}

function parseSealKey(text: string, { host }: TrustOwner): SealKey {
  const { certificate, privateKey } = JSON.parse(text) as SealKey;
  if (readCertificate(certificate).name !== host) throw new Error("It is another host's");
  JSON.parse(privateKey);
  return { certificate, privateKey };
}

async function issueOwn(
  authority: Authority,
  owner: TrustOwner,
  { revoked = [] }: KeyRing,
  nowMs: number,
) {
  const { cluster, host, address } = owner;
  const pair = await createKeyPair();
  const names = [clusterServerName(cluster), hostServerName(cluster, host), address];
  const request = await createRequest(pair, { role: "host", name: host });
  return {
    // A host that was removed and let in again shows what no revocation covers.
    certificate: await authority.issue(request, {
      nowMs: issueTimeMs("host", host, revoked, nowMs),
      names,
    }),
    privateKey: await exportKey(pair.privateKey),
  };
}

function pemOf(own: { readonly certificate: string; readonly privateKey: string }): string {
  return `${own.certificate.trim()}\n${own.privateKey}`;
}

function splitPem(text: string): { readonly certificate: string; readonly privateKey: string } {
  const found = text.indexOf("-----BEGIN PRIVATE KEY-----");
  const at = found < 0 ? text.length : found;
  return { certificate: text.slice(0, at), privateKey: text.slice(at) };
}
