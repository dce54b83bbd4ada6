import assert from "node:assert/strict";
import { MemoryState } from "../../tests/support/memory_store.ts";
import type { AuditEntry, SecretSpec } from "./documents.ts";
import { openStore } from "./open_store.ts";

const secret: SecretSpec = {
  sealed: { format: 1 },
  to: {},
  at: "2030-01-01T00:00:00Z",
  by: "admin:root",
};
const entry: AuditEntry = {
  at: "2030-01-01T00:00:00.000Z",
  host: "a",
  who: "admin:root",
  from: "socket",
  what: "deploy",
  outcome: "done",
};

Deno.test("secrets() lists what secret() has written; removeSecret() leaves nothing of it", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    assert.deepEqual(await store.secrets(), []);
    const ref = { namespace: "default", name: "db" };
    const other = { namespace: "team-a", name: "db-2" };
    await store.secret(ref).write(secret, 0);
    await store.secret(ref).write({ ...secret, only: ["a"] }, 1);
    await store.secret(other).write(secret, 0);
    assert.deepEqual(await store.secrets(), [ref, other]);
    assert.deepEqual((await store.secret(ref).latest())?.spec.only, ["a"]);
    await store.removeSecret(ref);
    await store.removeSecret(ref);
    assert.deepEqual(await store.secrets(), [other]);
    assert.equal(await store.secret(ref).latest(), undefined);
    await store.secret(ref).write(secret, 0);
  })());
});

Deno.test("token() keeps one record for each id, and one writer wins", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const token = {
      id: "ab12cd34",
      secretHash: "00",
      createdMs: 1,
      expiresMs: 2,
      isSingleUse: true,
      by: "admin:root",
      isRevoked: false,
      uses: [],
    };
    await store.token(token.id).write(token, 0);
    assert.deepEqual(await store.tokens(), [token.id]);
    await store.token(token.id).write({ ...token, isRevoked: true }, 1);
    await assert.rejects(store.token(token.id).write(token, 1), /STATE_CONFLICT/);
  })());
});

Deno.test("audit.append() keeps every line in order; a line cut short is left out", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const { options } = state.life();
    const store = await openStore(options);
    const whats = Array.from({ length: 20 }, (_, index) => `operation-${index}`);
    await Promise.all(whats.map((what) => store.audit.append({ ...entry, what })));
    await options.files.append(`${options.root}/audit/b.jsonl`, '{"at": "2031');
    assert.deepEqual((await store.audit.read(50)).map(({ what }) => what), whats);
    assert.deepEqual((await store.audit.read(2)).map(({ what }) => what), whats.slice(-2));
  })());
});
