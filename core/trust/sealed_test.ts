import assert from "node:assert/strict";
import { ProblemError } from "../base/mod.ts";
import {
  createAuthority,
  createKeyPair,
  createRequest,
  createSealKey,
  openSealed,
  seal,
  secretBytesMax,
} from "./mod.ts";

const nowMs = Date.UTC(2030, 0, 1);
const random = {
  next: () => 0.5,
  bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};
const value = new TextEncoder().encode("correct horse battery staple");

Deno.test("openSealed() gives the value to each host that it is sealed to, and to no other", async () => {
  const { sealed, alpha, beta, gamma } = await scene();
  for (const [host, key] of [["alpha", alpha], ["beta", beta]] as const) {
    const { privateKey } = key;
    assert.deepEqual(await openSealed(sealed, { name: "default/db", host, privateKey }), value);
  }
  const { privateKey } = gamma;
  for (const host of ["gamma", "alpha"]) {
    await refused(openSealed(sealed, { name: "default/db", host, privateKey }));
  }
});

Deno.test("openSealed() refuses a secret that was changed, or passed off as another", async () => {
  const { sealed, alpha: { privateKey }, beta } = await scene();
  const at = { name: "default/db", host: "alpha", privateKey };
  await refused(openSealed(sealed, { ...at, name: "default/other" }));
  const bytes = Uint8Array.fromBase64(sealed.value);
  bytes[20] ^= 1;
  await refused(openSealed({ ...sealed, value: bytes.toBase64() }, at));
  await refused(openSealed({ ...sealed, value: "" }, at));
  await refused(openSealed({ ...sealed, wraps: { alpha: sealed.wraps.beta } }, at));
  await refused(openSealed(sealed, { ...at, privateKey: beta.privateKey }));
});

Deno.test("seal() seals to certified keys for secrets alone", async () => {
  const { authority } = await scene();
  const other = await createSealKey(
    await createAuthority({ cluster: "c2", nowMs }),
    "alpha",
    nowMs,
  );
  const request = await createRequest(await createKeyPair(), { role: "host", name: "alpha" });
  const host = await authority.issue(request, { nowMs });
  for (const certificate of [other.certificate, host]) {
    await refused(
      seal(value, { name: "db", authority, certificates: [certificate], random, nowMs }),
    );
  }
});

Deno.test("seal() shows nothing of the value, differs each time, and has a bound", async () => {
  const { sealed, authority, alpha } = await scene();
  const options = {
    name: "default/db",
    authority,
    certificates: [alpha.certificate],
    random,
    nowMs,
  };
  assert.notEqual((await seal(value, options)).value, sealed.value);
  assert(!JSON.stringify(sealed).includes(value.toBase64().slice(0, 8)));
  await seal(new Uint8Array(secretBytesMax), options);
  await refused(seal(new Uint8Array(secretBytesMax + 1), options));
});

async function scene() {
  const authority = await createAuthority({ cluster: "c1", nowMs });
  const [alpha, beta, gamma] = await Promise.all(
    ["alpha", "beta", "gamma"].map((host) => createSealKey(authority, host, nowMs)),
  );
  const certificates = [alpha.certificate, beta.certificate];
  const sealed = await seal(value, { name: "default/db", authority, certificates, random, nowMs });
  return { authority, alpha, beta, gamma, sealed };
}

async function refused(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof ProblemError, String(error));
    assert.match(error.problem.code, /^TRUST_(SECRET_INVALID|CERTIFICATE_FOREIGN)$/);
    return true;
  });
}
