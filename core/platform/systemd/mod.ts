/**
 * Which systemd manager serves this host, and word of every change of its units.
 *
 * Commands (`systemctl`, `systemd-run`) are the business of the plugin `systemd`; here is only what a plugin cannot do:
 * to look, before any plugin runs, whether there is a manager, and to hold a subscription. `busctl monitor` shows no
 * unit signals on a user's bus, because nobody has subscribed there: hence a connection of our own.
 */
export type { BusCall, BusConnection, BusSignal, ConnectBus } from "./bus.ts";
export { connectBus } from "./dbus_connection.ts";
export { readSystemdFacts, type SystemdPlaces, systemdPlaces } from "./facts.ts";
export { chooseManager, type SystemdFacts, type SystemdManager } from "./manager.ts";
export { SystemdUnitWatch, type SystemdUnitWatchOptions } from "./unit_watch.ts";
