/**
 * Returns which of the held places is taken from its holder where all are taken and one more wants one: the oldest of
 * the network that holds the most. Nothing where the newcomer's own network would then hold as many: it has to wait.
 *
 * So nobody can keep others out by holding all places: an attacker with one address takes them from itself.
 * `held` has the oldest first, each with the address that holds it.
 */
export function whoGivesWay<Place>(
  held: Iterable<readonly [place: Place, address: string]>,
  newcomer: string,
): Place | undefined {
  const places = new Map<string, Place[]>();
  for (const [place, address] of held) {
    const network = networkOf(address);
    places.set(network, [...places.get(network) ?? [], place]);
  }
  let most: readonly Place[] = [];
  for (const each of places.values()) if (each.length > most.length) most = each;
  const own = places.get(networkOf(newcomer))?.length ?? 0;
  return most.length > own + 1 ? most[0] : undefined;
}

/** Returns what one machine is given of addresses: one of IPv4, 64 bits of IPv6. */
function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head, tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = address.includes("::") ? Math.max(0, 8 - head.length - tail.length) : 0;
  return [...head, ...Array(zeros).fill("0"), ...tail].slice(0, 4).join(":");
}
