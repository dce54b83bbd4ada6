import { z } from "zod";
import { type OperationName, operations, type OperationShape } from "../operations.ts";
import { contract, type OperationSchemas } from "./contract.ts";
import { failure } from "./schemas.ts";

/** Returns the OpenAPI 3.1 document of the API, made from the schemas that the server checks by. */
export function openApi(version: string): Record<string, unknown> {
  const components: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, shape] of Object.entries(operations) as [OperationName, OperationShape][]) {
    (paths[shape.path] ??= {})[shape.method.toLowerCase()] = describe(
      name,
      shape,
      contract[name],
      components,
    );
  }
  return {
    openapi: "3.1.0",
    info: { title: "Khutulun", version },
    paths,
    components: { schemas: components },
  };
}

function describe(
  name: string,
  shape: OperationShape,
  schemas: OperationSchemas,
  components: Record<string, unknown>,
): Record<string, unknown> {
  const mediaType = shape.kind === "events" ? "text/event-stream" : "application/json";
  const answer = shape.kind === "duplex"
    ? { "101": { description: "Bytes both ways over a WebSocket" } }
    : {
      "200": {
        description: shape.kind === "events" ? "Events, each with JSON as its data" : "Done",
        content: { [mediaType]: { schema: jsonSchema(schemas.answer, "output", components) } },
      },
    };
  return {
    operationId: name,
    summary: shape.summary,
    parameters: [
      ...parameters(schemas.path, "path", components),
      ...parameters(schemas.query, "query", components),
    ],
    ...(schemas.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: jsonSchema(schemas.body, "input", components) } },
      },
    }),
    responses: {
      ...answer,
      default: {
        description: "Not done: the problems say why and how to mend it",
        content: { "application/json": { schema: jsonSchema(failure, "output", components) } },
      },
    },
  };
}

function parameters(
  schema: z.ZodType | undefined,
  place: "path" | "query",
  components: Record<string, unknown>,
): unknown[] {
  if (!schema) return [];
  const object = jsonSchema(schema, "input", components) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(object.properties ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: object.required?.includes(name) ?? false,
    schema,
  }));
}

/** Returns the JSON Schema of a form; named forms inside become components. */
function jsonSchema(
  schema: z.ZodType,
  io: "input" | "output",
  components: Record<string, unknown>,
): Record<string, unknown> {
  const made = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Record<string, unknown>;
  delete made.$schema;
  const id = schema.meta()?.id;
  const moved = moveReferences(made, id) as Record<string, unknown>;
  const definitions = (moved.$defs ?? {}) as Record<string, unknown>;
  delete moved.$defs;
  Object.assign(components, definitions);
  if (!id || moved.$ref) return moved;
  components[id] = moved;
  return { $ref: `#/components/schemas/${id}` };
}

/** `$ref`s within the schema become `$ref`s within the document; `root` is the name of the schema itself. */
function moveReferences(value: unknown, root: string | undefined): unknown {
  if (Array.isArray(value)) return value.map((each) => moveReferences(each, root));
  if (typeof value !== "object" || value === null) return value;
  const isName = ([key, each]: [string, unknown]) => key === "id" && typeof each === "string";
  return Object.fromEntries(
    Object.entries(value).filter((entry) => !isName(entry)).map(([key, each]) => [
      key,
      key === "$ref" && typeof each === "string"
        ? `#/components/schemas/${each === "#" ? root : each.replace("#/$defs/", "")}`
        : moveReferences(each, root),
    ]),
  );
}
