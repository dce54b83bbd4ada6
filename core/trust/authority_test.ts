import assert from "node:assert/strict";
import { ProblemError } from "../base/mod.ts";
import {
  type Authority,
  authorityLifeMs,
  certificateLifeMs,
  createAuthority,
  createKeyPair,
  createRequest,
  fingerprintOf,
  identityOf,
  openAuthority,
  readCertificate,
  renewalOf,
} from "./mod.ts";

const nowMs = Date.UTC(2030, 0, 1);
const dayMs = 86_400_000;

Deno.test("createAuthority() issues certificates that say whom they are of, and that it verifies", async () => {
  const authority = await createAuthority({ cluster: "c1", nowMs });
  const certificate = await issue(authority, { names: ["alpha.example", "10.0.0.7", "fd00::7"] });
  const facts = await authority.verify(certificate, nowMs);
  assert.equal(facts.role, "host");
  assert.equal(facts.name, "alpha");
  assert.deepEqual(facts.names, ["alpha.example", "10.0.0.7", "fd00::7"]);
  assert.equal(facts.notAfterMs, nowMs + certificateLifeMs);
  assert.equal(facts.fingerprint, await fingerprintOf(certificate));
  assert.equal(authority.facts.notAfterMs, nowMs + authorityLifeMs);
});

Deno.test("openAuthority() goes on as the same authority", async () => {
  const authority = await createAuthority({ cluster: "c1", nowMs });
  const again = await openAuthority(authority.certificate, authority.privateKey);
  await authority.verify(await issue(again), nowMs);
  assert.equal(again.facts.fingerprint, authority.facts.fingerprint);
});

Deno.test("verify() refuses certificates of another authority, even of the same name", async () => {
  const authority = await createAuthority({ cluster: "c1", nowMs });
  const other = await createAuthority({ cluster: "c1", nowMs });
  await refused("TRUST_CERTIFICATE_FOREIGN", authority.verify(await issue(other), nowMs));
});

Deno.test("verify() refuses certificates before and after their time", async () => {
  const authority = await createAuthority({ cluster: "c1", nowMs });
  const certificate = await issue(authority, { lifeMs: 10_000 });
  await refused("TRUST_CERTIFICATE_EXPIRED", authority.verify(certificate, nowMs + 11_000));
  await refused("TRUST_CERTIFICATE_EARLY", authority.verify(certificate, nowMs - dayMs));
});

Deno.test("issue() gives no certificate that outlasts its authority", async () => {
  const authority = await createAuthority({ cluster: "c1", nowMs, lifeMs: dayMs });
  const facts = readCertificate(await issue(authority));
  assert.equal(facts.notAfterMs, nowMs + dayMs);
});

Deno.test("issue() refuses requests that were changed, too large, or for what nobody may ask for", async () => {
  const authority = await createAuthority({ cluster: "c1", nowMs });
  const request = await createRequest(await createKeyPair(), { role: "host", name: "alpha" });
  const seal = await createRequest(await createKeyPair(), { role: "seal", name: "alpha" });
  const lines = request.split("\n");
  const changed = lines.with(2, lines[2].slice(0, 8) + "AAAA" + lines[2].slice(12)).join("\n");
  for (const each of [changed, seal, "", "x".repeat(10_000)]) {
    await refused("TRUST_REQUEST_INVALID", authority.issue(each, { nowMs }));
  }
});

Deno.test("createRequest() refuses names that would change the subject", async () => {
  const pair = await createKeyPair();
  for (const name of ["", "a, O=admin", "a=b", "-a", "x".repeat(64), "a\nb"]) {
    await refused("TRUST_REQUEST_INVALID", createRequest(pair, { role: "host", name }));
  }
});

Deno.test("readCertificate() and openAuthority() say what is no certificate and no key", async () => {
  const { certificate } = await createAuthority({ cluster: "c1", nowMs });
  await refused("TRUST_CERTIFICATE_INVALID", Promise.try(() => readCertificate("no certificate")));
  await refused("TRUST_CERTIFICATE_INVALID", openAuthority(certificate, "no key"));
});

Deno.test("renewalOf() renews at two thirds of the life, and is late long before the end", () => {
  const facts = { notBeforeMs: 0, notAfterMs: 90 * dayMs };
  const states = [0, 59, 61, 76, 89, 91].map((day) => renewalOf(facts, day * dayMs).state);
  assert.deepEqual(states, ["fresh", "fresh", "due", "late", "late", "expired"]);
});

Deno.test("identityOf() takes hosts and administrators within the time of their certificates, and nobody else", () => {
  const valid = {
    isAuthorized: true,
    organisation: "host",
    name: "alpha",
    notBeforeMs: 0,
    notAfterMs: 100,
  };
  assert.deepEqual(identityOf(valid, 50), { role: "host", name: "alpha" });
  assert.deepEqual(identityOf({ ...valid, organisation: "admin" }, 50).role, "admin");
  assert.deepEqual(identityOf(undefined, 50), { role: "none", name: "" });
  const cases = [
    [{ ...valid, isAuthorized: false }, 50, "TRUST_CERTIFICATE_FOREIGN"],
    [{ ...valid, organisation: "seal" }, 50, "TRUST_CERTIFICATE_FOREIGN"],
    [valid, 101, "TRUST_CERTIFICATE_EXPIRED"],
    [{ ...valid, isAuthorized: false }, 101, "TRUST_CERTIFICATE_EXPIRED"],
    [{ ...valid, notBeforeMs: 60 }, 50, "TRUST_CERTIFICATE_EARLY"],
  ] as const;
  for (const [certificate, atMs, code] of cases) {
    const { role, refused } = identityOf(certificate, atMs);
    assert.deepEqual([role, refused?.code], ["none", code]);
  }
});

async function issue(
  authority: Authority,
  options: { readonly names?: readonly string[]; readonly lifeMs?: number } = {},
): Promise<string> {
  const request = await createRequest(await createKeyPair(), { role: "host", name: "alpha" });
  return await authority.issue(request, { nowMs, ...options });
}

async function refused(code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof ProblemError, String(error));
    assert.equal(error.problem.code, code);
    return true;
  });
}
