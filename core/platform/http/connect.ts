import { fail } from "../../base/mod.ts";

/** A way to an agent at a Unix socket; see `Connection` in `api/`. */
export interface SocketConnection {
  fetch(address: string, init: RequestInit): Promise<Response>;
  openSocket(
    address: string,
    handlers: { readonly message: (data: unknown) => void; readonly close: () => void },
  ): Promise<WebSocket>;
  close(): void;
}

/** What to say where no agent answers. */
export interface SocketHelp {
  /** The command that starts one. */
  readonly startCommand: string;
}

/**
 * Returns a way to the agent at a Unix socket. Nothing is opened before the first request; one that does not come through
 * is `API_AGENT_NOT_RUNNING`, `API_SOCKET_FORBIDDEN` or, after the request was sent, `API_CONNECTION_LOST`.
 */
export function connectToSocket(path: string, help: SocketHelp): SocketConnection {
  let opened: Deno.HttpClient | undefined;
  const client = () => opened ??= Deno.createHttpClient({ proxy: { transport: "unix", path } });
  return {
    async fetch(address, init) {
      try {
        return await fetch(`http://agent${address}`, { ...init, client: client() });
      } catch (error) {
        if (init.signal?.aborted) throw error;
        await probe(path, help);
        fail("API_CONNECTION_LOST", {
          what: "Cannot finish the request: the agent broke off",
          where: { subject: path },
          why: (error as Error).message,
          fix: "Look at the agent's own log, then ask again: every command can be repeated",
        });
      }
    },
    async openSocket(address, handlers) {
      const socket = new WebSocket(`ws://agent${address}`, { client: client() });
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => handlers.message(data);
      socket.onclose = () => handlers.close();
      const opening = Promise.withResolvers<void>();
      socket.onopen = () => opening.resolve();
      socket.onerror = (event) => opening.reject(new Error((event as ErrorEvent).message));
      try {
        await opening.promise;
      } catch (error) {
        await probe(path, help);
        fail("API_CONNECTION_LOST", {
          what: "Cannot open the stream to the agent",
          where: { subject: path },
          why: (error as Error).message,
        });
      }
      return socket;
    },
    close: () => opened?.close(),
  };
}

/** Throws the problem that keeps us from the socket, if there is one. */
async function probe(path: string, help: SocketHelp): Promise<void> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
    ) {
      fail("API_SOCKET_FORBIDDEN", {
        what: `Cannot speak to the agent at "${path}": permission denied`,
        why: "Only the user that runs the agent, and root, may use its socket",
        fix: "Run the command as that user, for example with sudo",
      });
    }
    const isStale = error instanceof Deno.errors.ConnectionRefused;
    fail("API_AGENT_NOT_RUNNING", {
      what: `Cannot reach the agent at "${path}": none is running`,
      why: isStale
        ? "The socket is there, but nobody listens: the agent was killed"
        : "There is no such socket",
      fix: `Start it with: ${help.startCommand}`,
    });
  }
}
