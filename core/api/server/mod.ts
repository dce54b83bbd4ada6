/**
 * The serving side of the API. It loads hono and zod: only an agent should.
 */
export { ApiServer, type ApiServerOptions, bodyBytesMax } from "./app.ts";
export { type Caller, formatCaller, localCaller } from "./caller.ts";
export type { AnswerOf, InputOf } from "./contract.ts";
export { contract } from "./contract.ts";
export type { Attach } from "./log_lines.ts";
export { openApi } from "./openapi.ts";
