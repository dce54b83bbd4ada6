import {
  fail,
  formatServiceRef,
  isDnsLabel,
  type JsonObject,
  nearest,
  ProblemError,
} from "../../base/mod.ts";
import type { Random } from "../../ports/mod.ts";
import { changeDocument, isConflict, type SecretRef, type SecretSpec } from "../../store/mod.ts";
import { fingerprintOf, openSealed, seal, type Sealed } from "../../trust/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import type { HostTrust } from "./host_trust.ts";
import { usersOfSecret } from "./missing_secrets.ts";
import type { SecretRequest, SecretView } from "./trust_use_cases.ts";

/** Keeps secrets in the state, each sealed to the hosts that may have it. */
export class SecretDesk {
  readonly #context: AgentContext;
  readonly #trust: HostTrust;
  readonly #random: Random;

  constructor(context: AgentContext, trust: HostTrust, random: Random) {
    this.#context = context;
    this.#trust = trust;
    this.#random = random;
  }

  async set(ref: SecretRef, { base64, only }: SecretRequest, by: string): Promise<SecretView> {
    checkName(ref);
    const hosts = await this.#context.store.hosts();
    for (const host of only ?? []) {
      if (hosts.includes(host)) continue;
      const close = nearest(host, hosts);
      fail("AGENT_HOST_UNKNOWN", {
        what: `Cannot seal the secret "${ref.name}" to "${host}": there is no such host`,
        fix: close ? `Did you mean "${close}"?` : "See them: khutulun host list",
      });
    }
    const value = Uint8Array.fromBase64(base64);
    const at = timeText(this.#context.clock.nowMs());
    const written = await changeDocument(
      this.#context.store.secret(ref),
      async () => ({ ...await this.#seal(ref, value, only), ...(only && { only }), at, by }),
    );
    return viewOf(ref, written!.spec, written!.generation);
  }

  async list(namespace?: string): Promise<SecretView[]> {
    const views: SecretView[] = [];
    for (const ref of await this.#context.store.secrets(namespace)) {
      const latest = await this.#context.store.secret(ref).latest();
      if (latest) views.push(viewOf(ref, latest.spec, latest.generation));
    }
    return views;
  }

  /** Removes a secret that no service reads: one that did would fail with its next start. */
  async remove(ref: SecretRef): Promise<void> {
    await this.#latest(ref);
    const users = await usersOfSecret(ref, this.#context.store);
    if (users.length > 0) {
      fail("TRUST_SECRET_IN_USE", {
        what: `Cannot remove the secret "${nameOf(ref)}"`,
        why: `It is read by ${users.map((each) => `"${formatServiceRef(each)}"`).join(", ")}`,
        fix: "Delete these services, or deploy them without it; to replace its value, set it anew",
      });
    }
    await this.#context.store.removeSecret(ref);
  }

  /** Returns the value of a secret that is sealed to this host. */
  async open(ref: SecretRef): Promise<{ readonly value: Uint8Array; readonly generation: number }> {
    const { spec, generation } = await this.#latest(ref);
    const value = await openSealed(spec.sealed as unknown as Sealed, {
      name: nameOf(ref),
      host: this.#context.host,
      privateKey: this.#trust.sealKey.privateKey,
    });
    return { value, generation };
  }

  /**
   * Seals secrets anew that a host may have and cannot open: it has joined since, or has another key. Whoever can open them
   * may; of several that do so at once, one wins. One that cannot be opened keeps no host from the others.
   */
  async resealWhereMissing(): Promise<void> {
    const { store, logger } = this.#context;
    for (const ref of await store.secrets()) {
      try {
        await this.#reseal(ref);
      } catch (error) {
        if (isConflict(error)) continue;
        const { code, what, why } = error instanceof ProblemError ? error.problem : {};
        if (!code?.startsWith("TRUST_")) throw error;
        logger.log("warning", `${what}: a host that has joined does not have it`, { why });
      }
    }
  }

  async #reseal(ref: SecretRef): Promise<void> {
    const { store, host } = this.#context;
    const latest = await store.secret(ref).latest();
    if (!latest || latest.spec.to[host] === undefined) return;
    const wanted = await this.#certificates(latest.spec.only);
    const isSealed = wanted.every((each) => latest.spec.to[each.host] === each.fingerprint);
    if (isSealed) return;
    const { value } = await this.open(ref);
    const { only, at, by } = latest.spec;
    const spec = { ...await this.#seal(ref, value, only), ...(only && { only }), at, by };
    await store.secret(ref).write(spec, latest.generation);
  }

  async #latest(ref: SecretRef) {
    checkName(ref);
    const latest = await this.#context.store.secret(ref).latest();
    if (latest) return latest;
    const names = (await this.#context.store.secrets(ref.namespace)).map(({ name }) => name);
    const close = nearest(ref.name, names);
    return fail("TRUST_SECRET_UNKNOWN", {
      what: `There is no secret "${nameOf(ref)}"`,
      fix: close
        ? `Did you mean "${close}"?`
        : `Set it: khutulun secret set ${ref.name} --namespace ${ref.namespace} --file FILE`,
    });
  }

  async #seal(ref: SecretRef, value: Uint8Array, only: readonly string[] | undefined) {
    const certificates = await this.#certificates(only);
    const sealed = await seal(value, {
      name: nameOf(ref),
      authority: this.#trust.authority,
      certificates: certificates.map(({ certificate }) => certificate),
      random: this.#random,
      nowMs: this.#context.clock.nowMs(),
    });
    const to = Object.fromEntries(certificates.map((each) => [each.host, each.fingerprint]));
    return { sealed: sealed as unknown as JsonObject, to };
  }

  /** Hosts that may have a secret and have published a key. */
  async #certificates(only: readonly string[] | undefined) {
    const { store } = this.#context;
    const found: { host: string; certificate: string; fingerprint: string }[] = [];
    for (const host of await store.hosts()) {
      if (only && !only.includes(host)) continue;
      const certificate = (await store.sealOf(host).read())?.certificate;
      if (certificate === undefined) continue;
      // A key that somebody else has put there is none: it is left out, and the secret is sealed to the others.
      const facts = await this.#trust.authority
        .verify(certificate, this.#context.clock.nowMs()).catch(() => undefined);
      if (facts?.role !== "seal" || facts.name !== host) {
        this.#context.logger.log("warning", "A host's key for secrets is not by our authority", {
          host,
        });
        continue;
      }
      found.push({ host, certificate, fingerprint: await fingerprintOf(certificate) });
    }
    return found;
  }
}

function viewOf(ref: SecretRef, { at, by, to }: SecretSpec, generation: number): SecretView {
  return { ...ref, generation, at, by, hosts: Object.keys(to).sort() };
}

/** What a sealed secret is bound to. */
function nameOf({ namespace, name }: SecretRef): string {
  return `${namespace}/${name}`;
}

function checkName(ref: SecretRef): void {
  if (isDnsLabel(ref.name) && isDnsLabel(ref.namespace)) return;
  fail("AGENT_NAME_INVALID", {
    what: `Cannot take "${nameOf(ref)}" as the name of a secret`,
    why: "A name is lower-case letters, digits and dashes, at most 63",
    fix: "Choose another name",
  });
}
