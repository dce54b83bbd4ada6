import type { Clock, Logger, UnitWatch } from "../../ports/mod.ts";
import type { BusConnection, BusSignal, ConnectBus } from "./bus.ts";

const manager = "org.freedesktop.systemd1";
const managerPath = "/org/freedesktop/systemd1";
const unitPathPrefix = `${managerPath}/unit/`;

/**
 * The state of a unit changes in its properties; a unit that is gone says so by `UnitRemoved`. Of a unit's several
 * interfaces only `Unit` is asked for: it has the state, and one change would else be told two or three times.
 */
const matches = [
  `type='signal',sender='${manager}',interface='org.freedesktop.DBus.Properties',` +
  `member='PropertiesChanged',path_namespace='${managerPath}/unit',arg0='${manager}.Unit'`,
  `type='signal',sender='${manager}',interface='${manager}.Manager',member='UnitRemoved'`,
];

const retryMsMin = 100;
const retryMsMax = 5_000;

/** Which units to tell of. */
export interface SystemdUnitWatchOptions {
  /** The bus's socket, from `chooseManager()`. */
  readonly bus: string;
  /** Only units whose name begins so are told of; `khutulun.` unless told. */
  readonly prefix?: string;
}

/**
 * Watches units by one subscription to a systemd manager's bus.
 *
 * When the bus goes away (a restart of dbus, or of the user's manager) it is looked for again, and every change missed
 * meanwhile is told by calling back with nothing.
 */
export class SystemdUnitWatch implements UnitWatch {
  readonly #clock: Clock;
  readonly #connect: ConnectBus;
  readonly #logger: Logger;
  readonly #bus: string;
  readonly #prefix: string;

  constructor(
    clock: Clock,
    connect: ConnectBus,
    logger: Logger,
    { bus, prefix = "khutulun." }: SystemdUnitWatchOptions,
  ) {
    this.#clock = clock;
    this.#connect = connect;
    this.#logger = logger;
    this.#bus = bus;
    this.#prefix = prefix;
  }

  /** Resolves when the first attempt to subscribe is over, well or not; the attempts go on until stopped. */
  async watch(onChange: (unit: string | undefined) => void): Promise<() => Promise<void>> {
    const stop = new AbortController();
    const { promise: tried, resolve: onTried } = Promise.withResolvers<void>();
    const loop = this.#follow(onChange, onTried, stop.signal);
    await tried;
    return async () => {
      stop.abort();
      await loop;
    };
  }

  async #follow(
    onChange: (unit: string | undefined) => void,
    onTried: () => void,
    stop: AbortSignal,
  ): Promise<void> {
    let retryMs = retryMsMin;
    for (let isFirst = true; !stop.aborted; isFirst = false) {
      const connection = await this.#subscribe(onChange).catch((error) => this.#sayLost(error));
      if (connection) {
        retryMs = retryMsMin;
        if (!isFirst) onChange(undefined);
      }
      onTried();
      if (connection) {
        await Promise.race([connection.closed, aborted(stop)]);
        connection.close();
      }
      await this.#clock.sleep(retryMs, stop).catch(() => {});
      retryMs = Math.min(retryMs * 2, retryMsMax);
    }
  }

  async #subscribe(onChange: (unit: string | undefined) => void): Promise<BusConnection> {
    const connection = await this.#connect(this.#bus, (signal) => {
      const unit = unitOf(signal);
      if (unit?.startsWith(this.#prefix)) onChange(unit.replace(/\.service$/, ""));
    });
    try {
      for (const match of matches) await connection.addMatch(match);
      // Without a subscriber the manager tells nobody of its units. Its end is the connection's.
      await connection.call({
        destination: manager,
        path: managerPath,
        interface: `${manager}.Manager`,
        member: "Subscribe",
      });
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  #sayLost(error: unknown): undefined {
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.log("warning", "Cannot watch units: trying again", { bus: this.#bus, reason });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Returns the name of the unit that a signal tells of. */
function unitOf({ path, member, body }: BusSignal): string | undefined {
  if (member === "UnitRemoved") return typeof body[0] === "string" ? body[0] : undefined;
  if (member !== "PropertiesChanged" || !path.startsWith(unitPathPrefix)) return undefined;
  return unescapeUnitPath(path.slice(unitPathPrefix.length));
}

/**
 * Returns the unit's name from the last part of its object path: `khutulun_2eshop_2eweb_2d0_2eservice` is
 * `khutulun.shop.web-0.service` (systemd's `bus_label_unescape`).
 */
export function unescapeUnitPath(label: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < label.length; at++) {
    const escaped = label[at] === "_" ? label.slice(at + 1, at + 3) : "";
    if (/^[0-9a-f]{2}$/.test(escaped)) {
      bytes.push(parseInt(escaped, 16));
      at += 2;
    } else bytes.push(label.charCodeAt(at));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
