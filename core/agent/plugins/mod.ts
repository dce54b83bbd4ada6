/**
 * Calling plugins: permissions, host functions, steps, plugins that call plugins.
 *
 * It knows the contract and the ports; what code runs where is the business of a `PluginRuntime`.
 *
 *     const invoker = new PluginInvoker(files, processes, runtime, logger, source);
 *     const { response, steps } = await invoker.call({ name: "tcp" }, request);
 */
export { httpService } from "./http_service.ts";
export {
  type HostServices,
  type PluginAnswer,
  type PluginCallOptions,
  PluginInvoker,
  type PluginRef,
  type PluginRequest,
} from "./plugin_invoker.ts";
export type { LoadedPlugin, PluginSource } from "./plugin_source.ts";
