/**
 * HTTP over a Unix socket, both sides: what `api/` needs of Deno.
 */
export { connectToSocket, type SocketConnection, type SocketHelp } from "./connect.ts";
export { serveOnSocket, type SocketServer, upgradeToWebSocket } from "./serve.ts";
