import assert from "node:assert/strict";
import { chooseAddress, defaultInterface } from "./default_address.ts";

const header = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";

Deno.test("defaultInterface() takes the default route of the lowest metric", () => {
  const routes = header +
    "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n" +
    "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
    "eth1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n";
  assert.equal(defaultInterface(routes), "eth0");
  assert.equal(defaultInterface(header), undefined);
  assert.equal(defaultInterface(""), undefined);
});

Deno.test("chooseAddress() takes the interface's IPv4 address, else loopback's", () => {
  const interfaces = [
    { name: "eth0", family: "IPv6" as const, address: "fe80::1" },
    { name: "eth0", family: "IPv4" as const, address: "10.0.0.5" },
  ];
  assert.equal(chooseAddress("eth0", interfaces), "10.0.0.5");
  assert.equal(chooseAddress("eth1", interfaces), "127.0.0.1");
  assert.equal(chooseAddress(undefined, interfaces), "127.0.0.1");
});
