/**
 * Plugin code behind the port `PluginRuntime`: WebAssembly by Extism, in worker threads that can be stopped.
 *
 * What a guest may reach is decided by whoever serves its host functions (`agent/plugins/`); what its *code* may be,
 * how much memory and time it gets is decided here.
 *
 *     const runtime = new ExtismRuntime();
 *     const output = await runtime.call(module, input, host, limits);
 *     await runtime.close();
 */
export { ExtismRuntime, type ExtismRuntimeOptions } from "./extism_runtime.ts";
