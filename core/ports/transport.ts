/** Where a datagram or connection goes to or comes from. */
export interface Endpoint {
  /** An IP address as text. */
  readonly host: string;
  readonly port: number;
}

/** One TCP connection. */
export interface Connection {
  readonly peer: Endpoint;
  /** Returns the next bytes; nothing when the peer has closed its side. Rejects where the connection broke. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
  /** Closes both sides. Closing twice is harmless; a pending read ends. */
  close(): void;
}

/** Who is told what arrives. */
export interface TransportListener {
  /** A datagram. The bytes are the listener's own. */
  packet(from: Endpoint, bytes: Uint8Array): void;
  /** A connection that a peer opened. The listener closes it. */
  connection(connection: Connection): void;
}

/** Datagrams and connections of one address and port, the same for UDP and TCP. */
export interface Transport {
  /** Where it listens; the port is a real one even where 0 was asked for. */
  readonly local: Endpoint;
  /** Sends a datagram from that port. It may be lost; nobody is told. */
  sendPacket(to: Endpoint, bytes: Uint8Array): void;
  /** Opens a connection; rejects where that takes longer than `timeoutMs` or the peer refuses. */
  dial(to: Endpoint, timeoutMs: number): Promise<Connection>;
  /** Stops listening. Connections that are open stay so. */
  close(): Promise<void>;
}

/** Opens transports. Port 0 takes any port that is free for both. Rejects with a `ProblemError` where it is taken. */
export interface Transports {
  listen(at: Endpoint, listener: TransportListener): Promise<Transport>;
}
