import { fail } from "../base/mod.ts";
import type {
  Connection,
  Endpoint,
  Transport,
  TransportListener,
  Transports,
} from "../ports/mod.ts";
import { type Datagrams, openDatagrams } from "./datagrams.ts";

/** How often a port is looked for that is free for both TCP and UDP. */
const portTriesMax = 20;
const chunkBytes = 65_536;

/** UDP and TCP of this machine, on one port. */
export const networkTransports: Transports = {
  async listen(at: Endpoint, listener: TransportListener): Promise<Transport> {
    const triesMax = at.port === 0 ? portTriesMax : 1;
    for (let tries = 1;; tries++) {
      const tcp = listenTcp(at);
      const local = { host: at.host, port: (tcp.addr as Deno.NetAddr).port };
      try {
        const udp = await openDatagrams(local, (from, bytes) => {
          listener.packet({ host: unmapped(from.host), port: from.port }, bytes);
        });
        return new NetworkTransport(local, tcp, udp, listener);
      } catch (error) {
        tcp.close();
        if (tries >= triesMax) taken(local, "UDP", error);
      }
    }
  },
};

function listenTcp({ host, port }: Endpoint): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port, transport: "tcp" });
  } catch (error) {
    taken({ host, port }, "TCP", error);
  }
}

function taken({ host, port }: Endpoint, protocol: string, error: unknown): never {
  fail("GOSSIP_PORT_TAKEN", {
    what: `Cannot listen for gossip on ${host}:${port} (${protocol})`,
    why: error instanceof Error ? error.message : String(error),
    fix:
      "End what uses the port (`ss -tulpn` names it): an address has one agent, whoever runs it; " +
      "another address is given by --address",
  });
}

class NetworkTransport implements Transport {
  readonly local: Endpoint;
  readonly #tcp: Deno.TcpListener;
  readonly #udp: Datagrams;
  readonly #isIpv6: boolean;
  #isClosed = false;

  constructor(
    local: Endpoint,
    tcp: Deno.TcpListener,
    udp: Datagrams,
    listener: TransportListener,
  ) {
    this.local = local;
    this.#tcp = tcp;
    this.#udp = udp;
    this.#isIpv6 = local.host.includes(":");
    void this.#accept(listener);
  }

  sendPacket({ host, port }: Endpoint, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const isIpv6 = host.includes(":");
    if (isIpv6 && !this.#isIpv6) return; // there is no way to it from here
    const address = this.#isIpv6 && !isIpv6 ? `::ffff:${host}` : host;
    try {
      this.#udp.send({ host: address, port }, bytes);
    } catch {
      // As good as lost.
    }
  }

  async dial({ host, port }: Endpoint, timeoutMs: number): Promise<Connection> {
    let isLate = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        isLate = true;
        reject(new Error("It did not answer in time"));
      }, timeoutMs);
    });
    const opening = Deno.connect({ hostname: host, port }).then((conn) => {
      if (isLate) conn.close();
      return conn;
    });
    opening.catch(() => {}); // the deadline may have been told already
    try {
      return new TcpConnection(await Promise.race([opening, deadline]), { host, port });
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tcp.close();
    await this.#udp.close();
  }

  async #accept(listener: TransportListener): Promise<void> {
    while (!this.#isClosed) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#tcp.accept();
      } catch {
        if (this.#isClosed) return;
        // Too many open files, or a peer that gave up at once: the next may do.
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
      listener.connection(new TcpConnection(conn, { host: unmapped(hostname), port }));
    }
  }
}

function unmapped(host: string): string {
  return host.startsWith("::ffff:") && host.includes(".") ? host.slice(7) : host;
}

class TcpConnection implements Connection {
  readonly peer: Endpoint;
  readonly #conn: Deno.TcpConn;
  #isClosed = false;

  constructor(conn: Deno.TcpConn, peer: Endpoint) {
    this.#conn = conn;
    this.peer = peer;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#isClosed) return undefined;
    const buffer = new Uint8Array(chunkBytes);
    try {
      const count = await this.#conn.read(buffer);
      return count === null ? undefined : buffer.subarray(0, count);
    } catch (error) {
      if (this.#isClosed) return undefined;
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#conn.close();
    } catch {
      // Closed by the peer already.
    }
  }
}
