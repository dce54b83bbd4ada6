import { defaultNamespace } from "../../base/mod.ts";
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
  const [first, ...rest] = name.split("/");
  const path = rest.length > 0 && flags.namespace === undefined
    ? { namespace: first, name: rest.join("/") }
    : { namespace: flags.namespace ?? defaultNamespace, name };
  const answer = await withAgent(it, flags, (client) => client.call("why", { path }));
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
