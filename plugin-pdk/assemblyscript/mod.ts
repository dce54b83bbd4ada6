/**
 * The kit for plugins in AssemblyScript: messages, strict JSON, host functions and steps. See README.md.
 */
export {
  callPlugin,
  digestFile,
  exec,
  ExecResult,
  listDirectory,
  log,
  lookup,
  Query,
  ReadFile,
  readFile,
} from "./host";
export { Json, JsonKind } from "./json";
export { parseJson } from "./json_parser";
export { Answer, Host, Item, Relation, Request, SeenInstance } from "./messages";
export { panic } from "./panic";
export { Plugin, serve } from "./plugin";
export { Step } from "./step";
