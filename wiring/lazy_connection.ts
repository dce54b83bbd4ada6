import type { Connection } from "../core/api/mod.ts";

/** Returns a connection that is made when it is first used: what it needs is loaded then. */
export function lazyConnection(open: () => Promise<Connection>): Connection {
  let opening: Promise<Connection> | undefined;
  const opened = () => opening ??= open();
  return {
    fetch: async (address, init) => await (await opened()).fetch(address, init),
    openSocket: async (address, handlers) => await (await opened()).openSocket(address, handlers),
    close: () => void opening?.then((connection) => connection.close(), () => {}),
  };
}
