import { type Problem, problem } from "../../base/mod.ts";

/** What a host knows of its addresses when its agent starts. */
export interface AddressFacts {
  /** Under which other hosts have reached it until now. */
  readonly known: string;
  /** A person has chosen it (`--address`), not the route. */
  readonly isGiven: boolean;
  /** All addresses that its interfaces have now. */
  readonly local: readonly string[];
  /** That of the default route's interface; loopback's where there is no route. */
  readonly usual: string;
}

/** The address to listen on, and what there is to tell where it is another one; or why none can be had yet. */
export type AddressChoice =
  | { readonly address: string; readonly moved?: Problem }
  | { readonly waits: Problem };

/**
 * Chooses under which address others reach this host. One that is gone is replaced by that of the default route, as DHCP may
 * have given it another; one that a person has chosen is waited for, and so is a network that is not up yet.
 */
export function chooseOwnAddress({ known, isGiven, local, usual }: AddressFacts): AddressChoice {
  if (!isNumeric(known) || isLoopback(known) || local.includes(known)) return { address: known };
  if (isGiven) {
    return {
      waits: problem("AGENT_ADDRESS_GONE", {
        what: `Cannot listen on ${known}: no interface of this host has that address`,
        why: `It was chosen by --address; now there are: ${local.join(", ") || "none"}`,
        fix: "Bring the interface up; or write another address into agent.yaml",
      }),
    };
  }
  if (isLoopback(usual)) {
    return {
      waits: problem("AGENT_ADDRESS_GONE", {
        what: `Cannot listen on ${known}: no interface of this host has that address`,
        why: "There is no default route to take another one from: the network is not up",
        fix: "Bring the network up; the agent goes on by itself",
      }),
    };
  }
  return {
    address: usual,
    moved: problem("AGENT_ADDRESS_GONE", {
      severity: "warning",
      what: `This host is reached at ${usual} now: it had ${known} before`,
      why: "No interface has the address from before, so that of the default route is taken",
      fix: "Nothing is to be done. Give the host a lasting address, or choose one: --address",
    }),
  };
}

/** A name may be that of any address. */
function isNumeric(address: string): boolean {
  return address.includes(":") || /^\d+(\.\d+){3}$/.test(address);
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || address === "0.0.0.0" ||
    address === "::";
}
