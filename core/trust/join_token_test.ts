import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../base/mod.ts";
import {
  checkClock,
  checkTokenUse,
  formatToken,
  hashSecret,
  type JoinToken,
  newSecret,
  parseToken,
  type TokenRecord,
} from "./mod.ts";

const nowMs = 1_000_000;
const random = {
  next: () => 0.5,
  bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};
const token: JoinToken = {
  ...newSecret(random),
  cluster: "0123456789abcdef",
  authority: "ab".repeat(32),
  endpoints: ["10.0.0.1:7947", "[fd00::1]:7947"],
  expiresMs: nowMs + 1,
  state: "/mnt/khutulun",
};

Deno.test("parseToken() reads what formatToken() wrote, with blanks around it", () => {
  assert.deepEqual(parseToken(` ${formatToken(token)}\n`, nowMs), token);
  assert.match(formatToken(token), /^kht1_[\w-]+$/);
});

Deno.test("parseToken() refuses what is cut short, changed or of another version", () => {
  const word = formatToken(token);
  for (
    const each of ["", "hello", word.slice(0, -9), `kht2_${word}`, `kht1_${"A".repeat(5_000)}`]
  ) {
    assert.equal(codeOf(() => parseToken(each, nowMs)), "TRUST_TOKEN_INVALID");
  }
  fc.assert(fc.property(fc.string(), (text) => {
    assert.equal(codeOf(() => parseToken(`kht1_${text}`, nowMs)), "TRUST_TOKEN_INVALID");
  }));
});

Deno.test("parseToken() refuses a token whose time is over", () => {
  assert.equal(
    codeOf(() => parseToken(formatToken(token), nowMs + 2)),
    "TRUST_TOKEN_EXPIRED",
  );
});

Deno.test("checkTokenUse() counts uses, and lets one host alone use a token for one use", async () => {
  const record = await recordOf({ isSingleUse: true });
  const used = await checkTokenUse(record, { secret: token.secret, host: "b", nowMs });
  assert.deepEqual(used.uses, [{ host: "b", atMs: nowMs }]);
  const again = await checkTokenUse(used, { secret: token.secret, host: "b", nowMs });
  assert.deepEqual(again.uses, used.uses);
  const other = checkTokenUse(used, { secret: token.secret, host: "c", nowMs });
  assert.equal(await rejection(other), "TRUST_TOKEN_USED");
});

Deno.test("checkTokenUse() lets many hosts use a token that is for many", async () => {
  let record = await recordOf({});
  for (const host of ["b", "c", "d"]) {
    record = await checkTokenUse(record, { secret: token.secret, host, nowMs });
  }
  assert.deepEqual(record.uses.map(({ host }) => host), ["b", "c", "d"]);
});

Deno.test("checkTokenUse() refuses unknown, wrong, revoked and expired tokens", async () => {
  const cases = [
    [undefined, token.secret, nowMs, "TRUST_TOKEN_REFUSED"],
    [await recordOf({}), "wrong", nowMs, "TRUST_TOKEN_REFUSED"],
    [await recordOf({ isRevoked: true }), token.secret, nowMs, "TRUST_TOKEN_REFUSED"],
    [await recordOf({}), token.secret, nowMs + 2, "TRUST_TOKEN_EXPIRED"],
  ] as const;
  for (const [record, secret, atMs, code] of cases) {
    const use = checkTokenUse(record, { secret, host: "b", nowMs: atMs });
    assert.equal(await rejection(use), code);
  }
});

Deno.test("checkClock() refuses clocks that differ by more than five minutes, either way", () => {
  const at = (ms: number) => () =>
    checkClock({ host: "a", nowMs: 1e9 }, { host: "b", nowMs: 1e9 + ms });
  assert.equal(codeOf(at(290_000)), undefined);
  assert.equal(codeOf(at(310_000)), "TRUST_CLOCK_OFF");
  assert.equal(codeOf(at(-310_000)), "TRUST_CLOCK_OFF");
});

async function recordOf(parts: Partial<TokenRecord>): Promise<TokenRecord> {
  return {
    id: token.id,
    secretHash: await hashSecret(token.secret),
    createdMs: 0,
    expiresMs: token.expiresMs,
    isSingleUse: false,
    by: "root",
    isRevoked: false,
    uses: [],
    ...parts,
  };
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    assert(error instanceof ProblemError, String(error));
    return error.problem.code;
  }
}

async function rejection(promise: Promise<unknown>): Promise<string | undefined> {
  return await promise.then(() => undefined, (error) => (error as ProblemError).problem.code);
}
