import type { Connection, Endpoint } from "../../ports/mod.ts";
import type { Timers } from "../virtual_clock.ts";
import type { NetworkHost, NetworkProcess, SimNetwork } from "./sim_network.ts";

type Side = "dialler" | "acceptor";

export interface SimStreamOptions {
  readonly network: Pick<SimNetwork, "isCutEitherWay" | "delayMs" | "traffic">;
  readonly clock: Timers;
  /** How long until what could not pass is tried again. */
  readonly resendMs: number;
  /** The stream breaks instead of passing the chunk after so many. */
  readonly breaksAfterChunks: number;
  readonly hosts: Readonly<Record<Side, NetworkHost>>;
  readonly processes: Readonly<Record<Side, NetworkProcess>>;
}

/** What is on its way to one side: bytes, the end, or a break. */
type Parcel = { readonly bytes: Uint8Array } | "end" | "reset";

/** What one side has received and not read yet. */
interface Inbox {
  readonly parcels: Parcel[];
  /** What is on the wire, in order. */
  readonly wire: Parcel[];
  isMoving: boolean;
  wake?: () => void;
}

/** One TCP connection: two ordered ways, through the faults of the network between its hosts. */
export class SimStream {
  readonly #options: SimStreamOptions;
  readonly #inboxes: Readonly<Record<Side, Inbox>> = {
    dialler: { parcels: [], wire: [], isMoving: false },
    acceptor: { parcels: [], wire: [], isMoving: false },
  };
  readonly #closed = new Set<Side>();
  #chunks = 0;

  constructor(options: SimStreamOptions) {
    this.#options = options;
    for (const side of ["dialler", "acceptor"] as const) {
      // The kernel closes what a process leaves; a host without power says nothing any more.
      options.processes[side].onStop(() => {
        if (options.hosts[side].isPowered) this.#put(otherOf(side), "reset");
        this.#closed.add(side);
      });
    }
  }

  /** Returns the connection as one side has it. */
  end(side: Side, peer: Endpoint): Connection {
    return {
      peer,
      read: () => this.#read(side),
      write: (bytes) => this.#write(side, bytes),
      close: () => this.#close(side),
    };
  }

  async #read(side: Side): Promise<Uint8Array | undefined> {
    const inbox = this.#inboxes[side];
    while (!this.#closed.has(side)) {
      const next = inbox.parcels[0];
      if (next === undefined) {
        await new Promise<void>((resolve) => inbox.wake = resolve);
        continue;
      }
      if (next === "reset") throw new Error("connection reset by peer");
      if (next === "end") return undefined;
      inbox.parcels.shift();
      return next.bytes;
    }
    return undefined;
  }

  #write(side: Side, bytes: Uint8Array): Promise<void> {
    if (this.#closed.has(side)) return Promise.reject(new Error("the connection is closed"));
    if (this.#inboxes[side].parcels.includes("reset")) {
      return Promise.reject(new Error("broken pipe"));
    }
    this.#options.network.traffic.streamBytes += bytes.length;
    const isLast = this.#chunks++ >= this.#options.breaksAfterChunks;
    this.#put(otherOf(side), isLast ? "reset" : { bytes: bytes.slice() });
    if (isLast) this.#put(side, "reset");
    return Promise.resolve();
  }

  #close(side: Side): void {
    if (this.#closed.has(side)) return;
    this.#closed.add(side);
    this.#put(otherOf(side), "end");
    this.#inboxes[side].wake?.();
  }

  #put(to: Side, parcel: Parcel): void {
    if (this.#closed.has(to)) return;
    const inbox = this.#inboxes[to];
    inbox.wire.push(parcel);
    if (!inbox.isMoving) this.#move(to);
  }

  /** Brings one parcel after the other across. */
  #move(to: Side): void {
    const { network, clock, resendMs, hosts } = this.#options;
    const inbox = this.#inboxes[to];
    if (inbox.wire.length === 0 || this.#closed.has(to)) {
      inbox.isMoving = false;
      return;
    }
    inbox.isMoving = true;
    const arrive = () => {
      if (this.#closed.has(to)) return;
      if (network.isCutEitherWay(hosts.dialler, hosts.acceptor)) {
        clock.schedule(resendMs, arrive);
        return;
      }
      if (!hosts[to].isPowered) return;
      const parcel = inbox.wire.shift()!;
      hosts[to].clock.whenAwake(() => {
        inbox.parcels.push(parcel);
        const wake = inbox.wake;
        inbox.wake = undefined;
        wake?.();
      });
      this.#move(to);
    };
    clock.schedule(network.delayMs(), arrive);
  }
}

function otherOf(side: Side): Side {
  return side === "dialler" ? "acceptor" : "dialler";
}
