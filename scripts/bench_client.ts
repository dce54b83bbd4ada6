import { Client } from "../core/api/mod.ts";
import { connectToSocket } from "../core/platform/http/mod.ts";

const namespace = "default";

/** What benchmarks ask of an agent, as the CLI does: at its socket. */
export class BenchClient {
  readonly client: Client;

  constructor(socket: string) {
    this.client = new Client(connectToSocket(socket, { startCommand: "khutulun seed" }));
  }

  async register(name: string, template: string): Promise<void> {
    const files = { "template.yaml": { base64: btoa(template), executable: false } };
    const body = { upload: { files, entry: "template.yaml" }, name };
    await this.client.call("register", { path: { kind: "template", namespace }, body });
  }

  /** Returns the generation that was asked for; `settled` waits for it. */
  async deploy(
    service: string,
    template: string,
    inputs: Record<string, string> = {},
  ): Promise<number> {
    const path = { namespace, name: service };
    const body = { template: { name: template }, inputs };
    const { generation, problems } = await this.client.call("deploy", { path, body });
    const broken = problems.find((each) => each.severity === "error");
    if (broken) throw new Error(broken.what);
    return generation;
  }

  /** Returns when the generation is as it should be. */
  async settled(service: string, generation: number): Promise<void> {
    const input = { path: { namespace, name: service }, query: { generation } };
    for await (const { kind, message } of this.client.stream("follow", input)) {
      if (kind === "settled") return;
      if (kind === "failed") throw new Error(message);
    }
  }

  async remove(service: string): Promise<void> {
    const path = { namespace, name: service };
    const { generation } = await this.client.call("delete", { path, query: {} });
    await this.settled(service, generation);
  }
}
