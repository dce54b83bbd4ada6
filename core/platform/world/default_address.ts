import type { Files } from "../../ports/mod.ts";

/** What the machine is reached by where it has no way out. */
const loopback = "127.0.0.1";

/** Returns the address of the interface that the machine's default route leaves by; loopback's where there is none. */
export async function defaultAddress(files: Pick<Files, "readText">): Promise<string> {
  const routes = await files.readText("/proc/net/route").catch(() => "");
  return chooseAddress(defaultInterface(routes), Deno.networkInterfaces());
}

/** Returns every address that an interface of the machine has. */
export function localAddresses(): string[] {
  return Deno.networkInterfaces().map(({ address }) => address);
}

/**
 * Returns the interface of the default route of the lowest metric in `/proc/net/route`:
 *
 *     Iface Destination Gateway Flags RefCnt Use Metric Mask …
 *     eth0  00000000    0100000A 0003 0      0   100    00000000 …
 */
export function defaultInterface(routes: string): string | undefined {
  const rows = routes.split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  const ways = rows.filter((row) => row[1] === "00000000" && row[7] === "00000000");
  return ways.sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}

/** Returns an interface's first IPv4 address. */
export function chooseAddress(
  name: string | undefined,
  interfaces: readonly Pick<Deno.NetworkInterfaceInfo, "name" | "family" | "address">[],
): string {
  const found = interfaces.find((each) => each.name === name && each.family === "IPv4");
  return found?.address ?? loopback;
}
