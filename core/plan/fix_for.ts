import type { HostInventory } from "./inventory.ts";
import type { Lack } from "./reason.ts";

/** A way to mend it: lower ranks are less to do. `close` tells how near a host is to it among those of one rank. */
interface Way {
  readonly rank: number;
  readonly close?: number;
  readonly text: string;
}

const waysMax = 2;
const join = "khutulun cluster token create, then khutulun join TOKEN there";

/** Returns what to do so that instances find a host: what is least to do first, for the host that is nearest to it. */
export function fixFor(
  reasons: readonly { readonly host: { readonly host: HostInventory }; readonly lack: Lack }[],
): string {
  const names = reasons.map(({ host: { host } }) => host.name ?? host.id);
  // A host that a policy does not name is none to mend, unless the one that it names is not there.
  const meant = reasons.filter(({ lack }) => lack.kind !== "name");
  const ways = (meant.length > 0 ? meant : reasons).map(({ host: { host }, lack }) =>
    wayOf(lack, host.name ?? host.id, names)
  );
  const ranked = Map.groupBy(ways, ({ rank }) => rank);
  const best = [...ranked].sort(([a], [b]) => a - b).slice(0, waysMax).map(([, of]) =>
    of.reduce((nearest, each) => (each.close ?? 0) < (nearest.close ?? 0) ? each : nearest).text
  );
  const text = best.length > 0 ? best.join(", or ") : `add a host (${join})`;
  return text[0].toUpperCase() + text.slice(1);
}

function wayOf(lack: Lack, host: string, hosts: readonly string[]): Way {
  switch (lack.kind) {
    case "closed":
      return lack.fits
        ? {
          rank: 0,
          text: `let host "${host}" take instances again (khutulun host uncordon ${host})`,
        }
        : addHost;
    case "away":
      return wayBack(lack.liveness, host);
    case "label": {
      const command = `khutulun host label ${host} ${lack.label}=${lack.value ?? "VALUE"}`;
      return { rank: 2, text: `label a host as policy "${lack.policy}" wants it (${command})` };
    }
    case "command":
      return { rank: 3, text: `install "${lack.command}" on host "${host}"` };
    case "claim":
      return {
        rank: 4,
        text: `free ${lack.what} on host "${host}", or ask for another in the template`,
      };
    case "range":
      return { rank: 4, text: `ask for a wider range than ${lack.what} in the template` };
    case "choice":
      return { rank: 5, text: `let policy "${lack.policy}" choose more hosts` };
    case "share":
      return {
        rank: 5,
        text:
          `give policy "${lack.policy}" the mode "preferred", or add hosts with label "${lack.label}"`,
      };
    case "cpus":
    case "memory":
      return wayToRoom(lack, host);
    case "apart":
      return {
        rank: 7,
        text: `add a host (${join}), want fewer instances, or give policy "${lack.policy}" ` +
          `the mode "preferred"`,
      };
    case "name":
      return wayToNamed(lack, hosts);
    case "nothing":
      return { rank: 4, text: "let its parts ask for different things in the template" };
  }
}

const addHost: Way = { rank: 9, text: `add a host (${join})` };

function wayBack(liveness: "suspect" | "dead" | "left", host: string): Way {
  if (liveness === "suspect") {
    return { rank: 1, text: `wait until host "${host}" answers again, or is known to be dead` };
  }
  return liveness === "dead" ? { rank: 8, text: `start host "${host}" again` } : addHost;
}

function wayToRoom({ kind, short }: { kind: "cpus" | "memory"; short: number }, host: string): Way {
  const cpus = Math.ceil(short * 100) / 100;
  const amount = kind === "cpus"
    ? `${cpus} processor${cpus === 1 ? "" : "s"}`
    : `${Math.ceil(short / 2 ** 20)} MiB of memory`;
  return {
    rank: kind === "cpus" ? 6 : 6.5,
    close: short,
    text: `ask for less (property "${kind}"): host "${host}" comes nearest, and is ${amount} short`,
  };
}

function wayToNamed(
  { policy, wanted }: { readonly policy: string; readonly wanted: readonly string[] },
  hosts: readonly string[],
): Way {
  const missing = wanted.map((each) => `"${each}"`).join(" or ");
  const named = hosts.slice(0, 3).map((each) => `"${each}"`).join(", ");
  return {
    rank: 5,
    text: `let policy "${policy}" name a host of the cluster (${named}${
      hosts.length > 3 ? ", …" : ""
    }), or add host ${missing}`,
  };
}
