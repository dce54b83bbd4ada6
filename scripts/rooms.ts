/**
 * The rooms of `core/` and what each may import: the table of `docs/architecture.md` as a value.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ports: ["base"],
  yaml: ["base"],
  clout: ["base", "yaml"],
  tosca: ["base", "yaml", "clout", "ports"],
  gossip: ["base", "ports"],
  trust: ["base", "ports"],
  store: ["base", "ports", "yaml", "clout"],
  plan: ["base", "clout"],
  plugin: ["base", "clout", "plan"],
  mesh: ["base", "clout", "plugin"],
  agent: [
    "base",
    "ports",
    "yaml",
    "clout",
    "tosca",
    "gossip",
    "trust",
    "store",
    "plan",
    "plugin",
    "mesh",
  ],
  api: ["base", "ports", "agent"],
  cli: ["base", "yaml", "clout", "api", "tosca"],
  dashboard: ["base", "api", "tosca"],
  platform: ["base", "ports", "plugin"],
  sim: ["base", "ports", "gossip", "plugin", "agent"],
};

/** Packages that only one room may import, by import-map name or prefix. */
export const packageRooms: Readonly<Record<string, string>> = {
  "yaml": "yaml",
  "@extism/extism": "platform",
  "@homebridge/dbus-native": "platform",
  "@stricli/core": "cli",
  "@stricli/auto-complete": "cli",
  "hono": "api",
  "zod": "api",
  "@hono/zod-openapi": "api",
  "re2js": "tosca",
  "fflate": "tosca",
  "modern-tar": "tosca",
  "@noble/ciphers": "gossip",
  "@peculiar/x509": "trust",
  "reflect-metadata": "trust",
  "ws": "platform",
};
