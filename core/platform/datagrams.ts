import dgram from "node:dgram";
import type { Endpoint } from "../ports/mod.ts";

/** What is asked of the system as buffer for datagrams that wait to be read; halved until it agrees. */
const receiveBufferBytes = 2 * 1_048_576;
const receiveBufferBytesMin = 64 * 1_024;
/** No datagram is longer. */
const datagramBytesMax = 65_536;
/** After a receive that failed, so that a socket which fails on and on does not keep the process busy. */
const failurePauseMs = 50;

/** A UDP socket of one address and port. */
export interface Datagrams {
  /** The port that it got, also where any was asked for. */
  readonly port: number;
  /** Sends; what cannot be sent is as good as lost, and nobody is told. */
  send(to: Endpoint, bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Told of each datagram. The bytes are the listener's own. */
export type OnDatagram = (from: Endpoint, bytes: Uint8Array) => void;

/** Opens a socket. Rejects where the port is taken. */
export type OpenDatagrams = (at: Endpoint, onDatagram: OnDatagram) => Promise<Datagrams>;

/**
 * Opens a socket by Deno's own interface where this process may use it (`--unstable-net`, in `deno.json` and in the
 * executable), else by Node's, which makes 64 KiB anew for each datagram: three to ten times slower, else the same.
 */
export const openDatagrams: OpenDatagrams = (at, onDatagram) =>
  "listenDatagram" in Deno ? openByDeno(at, onDatagram) : openByNode(at, onDatagram);

// deno-lint-ignore require-await -- so that a port that is taken rejects, as it does with Node's
export const openByDeno: OpenDatagrams = async ({ host, port }, onDatagram) => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: host, port });
  let isClosed = false;
  const receive = async () => {
    const buffer = new Uint8Array(datagramBytesMax);
    while (!isClosed) {
      try {
        const [bytes, from] = await socket.receive(buffer);
        const { hostname, port } = from as Deno.NetAddr;
        onDatagram({ host: hostname, port }, bytes.slice());
      } catch {
        if (!isClosed) await new Promise((resolve) => setTimeout(resolve, failurePauseMs));
      }
    }
  };
  void receive();
  return {
    port: (socket.addr as Deno.NetAddr).port,
    send: ({ host, port }, bytes) => {
      socket.send(bytes, { transport: "udp", hostname: host, port }).catch(() => {});
    },
    close: () => {
      isClosed = true;
      socket.close();
      return Promise.resolve();
    },
  };
};

export const openByNode: OpenDatagrams = ({ host, port }, onDatagram) => {
  const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, from) => {
    onDatagram({ host: from.address, port: from.port }, new Uint8Array(bytes));
  });
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(port, host, () => {
      socket.removeAllListeners("error");
      // An unreachable peer shows as an error of a later send.
      socket.on("error", () => {});
      growReceiveBuffer(socket);
      resolve({
        port: socket.address().port,
        send: ({ host, port }, bytes) => socket.send(bytes, port, host, () => {}),
        close: () => new Promise((closed) => socket.close(() => closed())),
      });
    });
  });
};

function growReceiveBuffer(socket: dgram.Socket): void {
  for (let bytes = receiveBufferBytes; bytes >= receiveBufferBytesMin; bytes /= 2) {
    try {
      return socket.setRecvBufferSize(bytes);
    } catch {
      // The system allows less: ask for half.
    }
  }
}
