import { formatServiceRef } from "../../base/mod.ts";
import type { Client } from "../../api/mod.ts";
import type { CliContext } from "../command.ts";
import { parseRef } from "../flags.ts";
import { withAgent } from "../with_agent.ts";

/** Who waits for a proposal types on: an agent that takes longer is as good as none. */
const answerMsMax = 1_000;

/** Options that are followed by a value, as far as commands have them whose arguments are proposed by what came before. */
const valued = new Set([
  ...["-n", "--namespace", "--root", "-o", "--output", "--lines", "--timeout", "--to"],
]);

/** Names for a parameter; the parser leaves out those that do not begin as typed. */
type Proposed = Promise<readonly string[]>;

/** Services, as other commands take them. */
export function serviceNames(this: CliContext): Proposed {
  return asked(this, async (client, signal) => {
    const query = { namespace: optionOf(this, "namespace", "n") };
    return (await client.call("services", { query }, signal)).map((each) =>
      formatServiceRef(each.ref)
    );
  });
}

/** Instances of the service that is named before. */
export function instanceNames(this: CliContext): Proposed {
  const [service] = argumentsOf(this);
  return asked(this, async (client, signal) => {
    const query = parseRef(service, optionOf(this, "namespace", "n"));
    return (await client.call("instances", { query }, signal)).map((each) => each.id);
  });
}

/** First a service, then its instances. */
export function serviceAndInstanceNames(this: CliContext): Proposed {
  const names = argumentsOf(this).length === 0 ? serviceNames : instanceNames;
  return names.call(this);
}

/** First a service, then one instance; what follows is a command. */
export function serviceAndOneInstanceName(this: CliContext): Proposed {
  return argumentsOf(this).length > 1 ? Promise.resolve([]) : serviceAndInstanceNames.call(this);
}

/** Services, and instances of all of them: what `why` explains. */
export async function subjectNames(this: CliContext): Proposed {
  const instances = await asked(this, async (client, signal) => {
    const query = { namespace: optionOf(this, "namespace", "n") };
    return (await client.call("instances", { query }, signal)).map((each) => each.id);
  });
  return [...await serviceNames.call(this), ...instances];
}

/** Outputs of the service that is named before. */
export function outputNames(this: CliContext): Proposed {
  const [service] = argumentsOf(this);
  return asked(this, async (client, signal) => {
    const ref = parseRef(service, optionOf(this, "namespace", "n"));
    const path = { namespace: ref.namespace, name: ref.service };
    return Object.keys(await client.call("outputs", { path }, signal));
  });
}

/** Generations of the service that is named before. */
export function generationNames(this: CliContext): Proposed {
  const [service] = argumentsOf(this);
  return asked(this, async (client, signal) => {
    const ref = parseRef(service, optionOf(this, "namespace", "n"));
    const path = { namespace: ref.namespace, name: ref.service };
    return (await client.call("service", { path }, signal)).history.map((each) =>
      String(each.generation)
    );
  });
}

export function hostNames(this: CliContext): Proposed {
  return asked(
    this,
    async (client, signal) => (await client.call("hosts", {}, signal)).map((each) => each.name),
  );
}

export function namespaceNames(this: CliContext): Proposed {
  return asked(
    this,
    async (client, signal) =>
      (await client.call("namespaces", {}, signal)).map((each) => each.name),
  );
}

/** Registered packages of a kind. */
export function packageNames(kind: "template" | "profile" | "plugin") {
  return function (this: CliContext): Proposed {
    return asked(this, async (client, signal) => {
      const query = { namespace: optionOf(this, "namespace", "n") };
      return (await client.call("packages", { path: { kind }, query }, signal)).map((each) =>
        each.name
      );
    });
  };
}

/** Asks the agent; without one, and whatever else goes wrong, there is nothing to propose. */
async function asked(
  context: CliContext,
  ask: (client: Client, signal: AbortSignal) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), answerMsMax);
  try {
    const flags = { root: optionOf(context, "root") };
    return await withAgent(context.surroundings, flags, (client) => ask(client, ending.signal));
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the value of an option in the words typed so far. */
function optionOf({ typed = [] }: CliContext, name: string, alias?: string): string | undefined {
  for (const [at, word] of typed.entries()) {
    if (word.startsWith(`--${name}=`)) return word.slice(name.length + 3);
    if (word === `--${name}` || word === `-${alias}`) return typed[at + 1];
  }
  return undefined;
}

/** Returns the arguments typed so far: no noun, no verb, no options. */
function argumentsOf({ typed = [] }: CliContext): string[] {
  const words: string[] = [];
  for (let at = 0; at < typed.length; at++) {
    if (valued.has(typed[at])) at++;
    else if (!typed[at].startsWith("-")) words.push(typed[at]);
  }
  return words.slice(2);
}
