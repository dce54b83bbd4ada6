import assert from "node:assert/strict";
import { addressOf, endpointOf } from "./address.ts";

Deno.test("endpointOf() returns what addressOf() was given", () => {
  for (const host of ["10.0.0.1", "::1", "fe80::1:0:0:2", "2001:db8::", "1:2:3:4:5:6:7:8", "::"]) {
    assert.equal(endpointOf(addressOf({ host, port: 7946 })).host, host);
  }
  assert.equal(endpointOf(addressOf({ host: "::ffff:10.0.0.1", port: 1 })).host, "10.0.0.1");
});

Deno.test("addressOf() refuses what is no IP address", () => {
  for (
    const host of [
      "",
      "alpha",
      "1.2.3",
      "1.2.3.256",
      "1::2::3",
      ":1",
      "1:2:3:4:5:6:7:8:9",
      "01.2.3.4",
    ]
  ) {
    assert.throws(() => addressOf({ host, port: 1 }), /GOSSIP_SETTING_INVALID/, host);
  }
});
