/** A signal on a message bus. */
export interface BusSignal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** A method to call, without arguments: all that is needed here. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
}

/** One connection to a message bus (D-Bus specification 0.43). */
export interface BusConnection {
  /** Asks the bus for the signals that a rule matches. */
  addMatch(rule: string): Promise<void>;
  /** Resolves with the body of the answer; rejects with the error's name and text. */
  call(call: BusCall): Promise<readonly unknown[]>;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Connects to the bus behind a Unix socket; rejects where it cannot. */
export type ConnectBus = (
  socket: string,
  onSignal: (signal: BusSignal) => void,
) => Promise<BusConnection>;
