/** A web server with a port and a directory, and a client that is joined to it: as a graph, for the model language. */
import type { Json, JsonObject } from "../../core/base/mod.ts";

const type = (name: string) => `org.khutulun:1.0::${name}`;

function node(name: string, types: readonly string[], parts: JsonObject = {}): JsonObject {
  return { id: name, name, index: 0, count: 1, types: types.map(type), ...parts };
}

function edge(name: string, target: string, types: readonly string[]): JsonObject {
  return { name, index: 0, target, capability: "feature", types: types.map(type) };
}

export interface HelloOptions {
  /** Properties of the web server's port. */
  readonly port?: JsonObject;
  readonly policies?: Json;
  readonly greeting?: string;
  /** More properties of the web server. */
  readonly properties?: JsonObject;
  /** Leaves the client out. */
  readonly isAlone?: boolean;
}

/** Returns the graph as the text of a template. */
export function helloGraph(options: HelloOptions = {}): string {
  const { port = {}, policies = [], greeting = "hello", properties = {}, isAlone = false } =
    options;
  const graph = {
    format: 1,
    policies,
    outputs: {
      url: { $get_attribute: ["http", "port"] },
    },
    vertexes: [
      node("http", ["Port"], { metadata: { "khutulun.follows": "instance" }, properties: port }),
      node("site", ["Directory"], { metadata: { "khutulun.follows": "host" } }),
      node("web", ["Process"], {
        properties: {
          ...properties,
          command: ["web", { $get_artifact: ["SELF", "serve"] }],
          environment: {
            PORT: { $get_attribute: ["SELF", "port", "TARGET", "port"] },
            SITE: { $get_attribute: ["SELF", "directory", "TARGET", "path"] },
            GREETING: greeting,
          },
        },
        artifacts: { serve: { types: [type("Script")], file: "serve.sh" } },
        edges: [
          edge("port", "http", ["Reserves", "Dependency"]),
          edge("directory", "site", ["Uses", "Dependency"]),
        ],
      }),
      ...(isAlone ? [] : [client]),
    ],
  };
  return JSON.stringify(graph);
}

/** Learns the server's port through its connection. */
const client = node("client", ["Process"], {
  properties: {
    command: ["client"],
    environment: { SERVER: { $get_attribute: ["SELF", "connection", "port"] } },
  },
  edges: [edge("connection", "web", ["Connection", "Dependency"])],
});
