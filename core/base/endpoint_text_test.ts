import assert from "node:assert/strict";
import { formatEndpoint, parseEndpoint } from "./endpoint_text.ts";

Deno.test("parseEndpoint() reads what formatEndpoint() writes, for both kinds of addresses", () => {
  for (const host of ["10.0.0.1", "::1", "fe80::1%eth0", "alpha.example"]) {
    const endpoint = { host, port: 7946 };
    assert.deepEqual(parseEndpoint(formatEndpoint(endpoint)), endpoint);
  }
});

Deno.test("parseEndpoint() takes nothing that cannot be dialled", () => {
  for (const text of ["", "alpha", "alpha:", "alpha:0", "alpha:65536", "::1:7946", ":7946"]) {
    assert.equal(parseEndpoint(text), undefined, text);
  }
});
