import assert from "node:assert/strict";
import fc from "fast-check";
import { createAuthority } from "./authority.ts";
import { readCertificate } from "./certificate.ts";
import { createRequest } from "./certificate_request.ts";
import { identityOf } from "./identity.ts";
import { createKeyPair } from "./keys.ts";
import { createRing, formatRing, newerRing, parseRing, revokeIn } from "./key_ring.ts";
import { issueTimeMs, mergeRevocations, type Revocation, revokedProblem } from "./revocation.ts";

const random = {
  next: () => 0.5,
  bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};
const nowMs = Date.parse("2026-03-01T12:00:00.700Z");

async function issued(name: string, atMs: number) {
  const authority = await createAuthority({ cluster: "c", nowMs });
  const request = await createRequest(await createKeyPair(), { role: "admin", name });
  return readCertificate(await authority.issue(request, { nowMs: atMs }));
}

function identity(facts: Awaited<ReturnType<typeof issued>>, revoked: readonly Revocation[]) {
  const shown = { ...facts, isAuthorized: true, organisation: facts.role! };
  return identityOf(shown, nowMs + 60_000, revoked);
}

Deno.test("identityOf() refuses what was issued before its holder was revoked, and takes what was after", async () => {
  const revoked: Revocation[] = [{ role: "admin", name: "laptop", beforeMs: nowMs }];
  const before = identity(await issued("laptop", nowMs - 5_000), revoked);
  assert.deepEqual([before.role, before.refused?.code], ["none", "TRUST_CERTIFICATE_REVOKED"]);
  assert.equal(identity(await issued("desktop", nowMs - 5_000), revoked).role, "admin");
  const again = issueTimeMs("admin", "laptop", revoked, nowMs + 1);
  assert.equal(identity(await issued("laptop", again), revoked).role, "admin");
  assert.equal(issueTimeMs("host", "laptop", revoked, nowMs), nowMs);
});

Deno.test("revokedProblem() tells a host from a context of its name", () => {
  const revoked: Revocation[] = [{ role: "host", name: "alpha", beforeMs: nowMs }];
  const shown = { name: "alpha", notBeforeMs: nowMs - 3_600_000 };
  assert.match(revokedProblem({ ...shown, role: "host" }, revoked)!.why!, /removed/);
  assert.equal(revokedProblem({ ...shown, role: "admin" }, revoked), undefined);
});

Deno.test("newerRing() never loses a revocation, whichever ring is newer and in whatever order", () => {
  const entry = fc.record({
    role: fc.constantFrom("host" as const, "admin" as const),
    name: fc.constantFrom("a", "b", "c"),
    beforeMs: fc.integer({ min: 1, max: 1_000 }),
  });
  const first = createRing(random);
  fc.assert(fc.property(fc.array(entry), fc.array(entry), (one, other) => {
    const [a, b] = [one, other].map((all) => all.reduce(revokeIn, first));
    const both = newerRing(a, b);
    assert.equal(formatRing(both), formatRing(newerRing(b, a)));
    assert.equal(
      JSON.stringify(both.revoked ?? []),
      JSON.stringify(mergeRevocations(one, other)),
    );
    assert.equal(formatRing(parseRing(formatRing(both))), formatRing(both));
  }));
});
