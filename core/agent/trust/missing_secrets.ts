import { didYouMean, type Problem, problem, type ServiceRef } from "../../base/mod.ts";
import type { Clout } from "../../clout/mod.ts";
import type { SecretRef, Store } from "../../store/mod.ts";
import { secretUserType } from "./secret_files.ts";

/** Returns a problem for each secret that a service names and nobody has set: told before anything is changed. */
export async function missingSecrets(
  { namespace }: ServiceRef,
  clout: Clout,
  store: Pick<Store, "secrets">,
): Promise<Problem[]> {
  const wanted = secretsNamedIn(clout);
  if (wanted.size === 0) return [];
  const names = (await store.secrets(namespace)).map(({ name }) => name);
  return [...wanted].filter(([name]) => !names.includes(name)).map(([name, vertex]) =>
    problem("TRUST_SECRET_UNKNOWN", {
      what: `Cannot run "${vertex}": there is no secret "${name}" in namespace "${namespace}"`,
      fix: didYouMean(name, names) ??
        `Set it: khutulun secret set ${name} --namespace ${namespace} < FILE`,
    })
  );
}

/** Returns services that are there, of the secret's namespace, whose processes read it. */
export async function usersOfSecret(
  { namespace, name }: SecretRef,
  store: Pick<Store, "services" | "graph">,
): Promise<ServiceRef[]> {
  const users: ServiceRef[] = [];
  for (const ref of await store.services(namespace)) {
    const graph = await store.graph(ref).latest();
    if (graph && secretsNamedIn(graph.spec.clout).has(name)) users.push(ref);
  }
  return users;
}

/** Returns the secrets that a graph names, each with a vertex that reads it. */
function secretsNamedIn(clout: Clout): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const [id, { types, properties }] of clout.vertexes) {
    const secrets = properties.get("secrets");
    if (!types.includes(secretUserType) || !(secrets instanceof Map)) continue;
    for (const name of secrets.values()) {
      if (typeof name === "string" && !wanted.has(name)) wanted.set(name, id);
    }
  }
  return wanted;
}
