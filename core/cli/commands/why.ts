import { defaultNamespace } from "../../base/mod.ts";
import { type Client, type Explanation, toProblems } from "../../api/mod.ts";
import type { AgentFlags, NamespaceFlags, OutputFlags } from "../flags.ts";
import { painter, styleOf } from "../render/colour.ts";
import { printData } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";

export async function why(
  it: Surroundings,
  flags: AgentFlags & NamespaceFlags & OutputFlags,
  name: string,
): Promise<void> {
  const answer = await withAgent(it, flags, (client) => ask(client, flags.namespace, name));
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, answer);
  }
  const paint = painter(it, it.stdout);
  const style = styleOf(answer.phase);
  const lines = [
    `${paint("bold", answer.subject)} is ${style ? paint(style, answer.phase) : answer.phase}`,
    ...answer.lines.map((line) => `  ${line}`),
  ];
  if (answer.fix) lines.push(`${paint("dim", "fix:")} ${answer.fix}`);
  if (answer.events.length > 0) {
    lines.push("", paint("bold", "Last events"));
    lines.push(...answer.events.map((each) => `  ${each.at}  ${each.type}  ${each.message}`));
  }
  it.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** `team-a/shop` is a service of a namespace, `shop/web-0` an instance of a service: who gives no namespace may mean either. */
async function ask(
  client: Client,
  namespace: string | undefined,
  name: string,
): Promise<Explanation> {
  const slash = name.indexOf("/");
  if (namespace === undefined && slash >= 0) {
    try {
      const path = { namespace: name.slice(0, slash), name: name.slice(slash + 1) };
      return await client.call("why", { path });
    } catch (error) {
      const [{ code }] = toProblems(error, "explain");
      if (code !== "AGENT_INSTANCE_UNKNOWN") throw error;
    }
  }
  return await client.call("why", { path: { namespace: namespace ?? defaultNamespace, name } });
}
