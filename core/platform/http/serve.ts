import { fail } from "../../base/mod.ts";
import type { Locks } from "../../ports/mod.ts";

const pathBytesMax = 107;

export interface SocketServer {
  /** Stops taking requests and resolves when those under way are answered; the socket is gone then. */
  close(): Promise<void>;
}

/**
 * Serves HTTP on a Unix socket in a directory that only its owner can enter.
 *
 * A lock beside the socket says who serves it: a socket that a killed agent left behind is replaced, a live agent's is
 * `API_AGENT_RUNNING`.
 */
export async function serveOnSocket(
  path: string,
  handle: (request: Request) => Promise<Response>,
  locks: Locks,
): Promise<SocketServer> {
  if (new TextEncoder().encode(path).length > pathBytesMax) {
    fail("API_SOCKET_PATH", {
      what: `Cannot serve "${path}": the path is longer than ${pathBytesMax} bytes`,
      why: "Linux keeps the path of a Unix socket in 108 bytes (unix(7))",
      fix: "Give the agent a --root with a shorter path",
    });
  }
  makePrivateDirectory(path.slice(0, path.lastIndexOf("/")));
  const lock = await locks.tryLock(`${path}.lock`);
  if (!lock) {
    fail("API_AGENT_RUNNING", {
      what: `Cannot serve "${path}": another agent does`,
      why: "One agent runs for each host and root directory",
      fix: "Use the running agent, end it first, or give this one a --root of its own",
    });
  }
  try {
    removeSocket(path);
    const server = Deno.serve({ path, onListen() {} }, handle);
    Deno.chmodSync(path, 0o600);
    return {
      async close() {
        await server.shutdown();
        removeSocket(path);
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Returns the two halves of an upgraded request; see `ApiServerOptions` in `api/`. */
export function upgradeToWebSocket(
  request: Request,
): { readonly socket: WebSocket; readonly response: Response } {
  return Deno.upgradeWebSocket(request);
}

function makePrivateDirectory(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    Deno.chmodSync(path, 0o700);
  } catch (error) {
    fail("API_SOCKET_FORBIDDEN", {
      what: `Cannot make "${path}" a directory that only this user can enter`,
      why: (error as Error).message,
      fix: "Run the agent as the user that owns the directory, or give it a --root of its own",
    });
  }
}

function removeSocket(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
