/** Where things are for whoever runs this program: by its arguments, its environment and its user. */
import { homedir } from "node:os";
import { resolve } from "node:path";
import { type AgentPaths, agentPaths } from "../core/api/mod.ts";

/** A user's command speaks to the user's own agent, and to the system's where there is no other. */
export function socketOf(root: string | undefined): string {
  const own = pathsOf(root, usualMode()).socket;
  const ofSystem = pathsOf(undefined, "system").socket;
  const isOwn = rootOf(root) !== undefined || own === ofSystem || exists(own) ||
    !exists(ofSystem.slice(0, ofSystem.lastIndexOf("/")));
  return isOwn ? own : ofSystem;
}

/** What a person types to start the agent that does not answer: of an installed one, its unit. */
export function startCommand(root: string | undefined): string {
  const directory = rootOf(root);
  const mode = usualMode();
  if (directory === undefined && exists(`${pathsOf(undefined, mode).units}/khutulun.service`)) {
    return `systemctl ${mode === "user" ? "--user " : ""}start khutulun`;
  }
  return `khutulun seed${directory === undefined ? "" : ` --root ${directory}`}`;
}

export function pathsOf(root: string | undefined, mode: "system" | "user"): AgentPaths {
  return agentPaths({
    root: rootOf(root),
    mode,
    uid: Deno.uid() ?? 0,
    home: homedir(),
    env: (name) => Deno.env.get(name),
  });
}

export function rootOf(root: string | undefined): string | undefined {
  const directory = root ?? (Deno.env.get("KHUTULUN_ROOT") || undefined);
  return directory === undefined ? undefined : resolve(directory);
}

export function usualMode(): "system" | "user" {
  return Deno.uid() === 0 ? "system" : "user";
}

export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied; // it is there, but not for us
  }
}
