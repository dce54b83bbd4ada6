import type { Endpoint, Transport, Transports } from "../ports/mod.ts";

/** A network with one host on it: nothing that is sent arrives anywhere. */
export const loneTransports: Transports = {
  listen({ host, port }: Endpoint): Promise<Transport> {
    return Promise.resolve({
      local: { host, port: port || 7946 },
      sendPacket: () => {},
      dial: (to) => Promise.reject(new Error(`there is nobody at ${to.host}:${to.port}`)),
      close: () => Promise.resolve(),
    });
  },
};
