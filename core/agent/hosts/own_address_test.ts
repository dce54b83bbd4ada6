import assert from "node:assert/strict";
import { type AddressFacts, chooseOwnAddress } from "./own_address.ts";

const facts: AddressFacts = {
  known: "10.0.0.5",
  isGiven: false,
  local: ["127.0.0.1", "10.0.0.9"],
  usual: "10.0.0.9",
};

function check(parts: Partial<AddressFacts>, expected: string): void {
  const choice = chooseOwnAddress({ ...facts, ...parts });
  const told = "waits" in choice
    ? `waits: ${choice.waits.why}`
    : `${choice.address}${choice.moved ? `, ${choice.moved.severity}: ${choice.moved.what}` : ""}`;
  assert.equal(told, expected);
}

Deno.test("chooseOwnAddress() keeps what is there, and what cannot be looked for", () => {
  check({ known: "10.0.0.9" }, "10.0.0.9");
  check({ known: "10.0.0.9", isGiven: true, usual: "127.0.0.1" }, "10.0.0.9");
  check({ known: "127.0.0.1", local: [] }, "127.0.0.1");
  check({ known: "alpha.example.org", local: [] }, "alpha.example.org");
});

Deno.test("chooseOwnAddress() takes the default route's address for one that is gone, and tells", () => {
  check({}, "10.0.0.9, warning: This host is reached at 10.0.0.9 now: it had 10.0.0.5 before");
});

Deno.test("chooseOwnAddress() waits for an address that was chosen, and for a network that is not up", () => {
  check(
    { isGiven: true },
    "waits: It was chosen by --address; now there are: 127.0.0.1, 10.0.0.9",
  );
  check(
    { usual: "127.0.0.1", local: ["127.0.0.1"] },
    "waits: There is no default route to take another one from: the network is not up",
  );
});
