import assert from "node:assert/strict";
import type { ProblemCode } from "../base/mod.ts";
import { exitCodeOf, problemKind, statusOf } from "./problem_kind.ts";

function check(code: ProblemCode, kind: string, status: number, exit: number): void {
  const it = { code, severity: "error", what: "" } as const;
  assert.deepEqual([problemKind(it), statusOf([it]), exitCodeOf([it])], [kind, status, exit]);
}

Deno.test("problemKind() gives each form of code its status and exit code", () => {
  check("BASE_INTERNAL", "internal", 500, 1);
  check("TOSCA_PROPERTY_MISSING", "input", 422, 3);
  check("YAML_SYNTAX", "input", 422, 3);
  check("API_BAD_REQUEST", "usage", 400, 2);
  check("AGENT_SERVICE_UNKNOWN", "not-found", 404, 4);
  check("API_NOT_FOUND", "not-found", 404, 4);
  check("STATE_CONFLICT", "conflict", 409, 5);
  check("AGENT_STALE_PLAN", "conflict", 409, 5);
  check("AGENT_NAME_ALIVE", "conflict", 409, 5);
  check("API_AGENT_NOT_RUNNING", "unreachable", 503, 6);
  check("API_SOCKET_FORBIDDEN", "forbidden", 403, 6);
  check("AGENT_ALREADY_SEEDED", "not-member", 409, 8);
  check("CLI_TIMEOUT", "timeout", 504, 7);
  check("PLUGIN_FAILED", "failed", 500, 1);
});

Deno.test("exitCodeOf() goes by the first error, and is 0 for warnings alone", () => {
  const warning = { code: "YAML_SYNTAX", severity: "warning", what: "" } as const;
  assert.equal(exitCodeOf([warning]), 0);
  assert.equal(exitCodeOf([warning, { ...warning, severity: "error", code: "STATE_CONFLICT" }]), 5);
});
