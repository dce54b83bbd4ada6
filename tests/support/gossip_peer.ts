import {
  Gossip,
  type GossipOptions,
  gossipProfiles,
  type Notification,
} from "../../core/gossip/mod.ts";
import type { Endpoint, Transports } from "../../core/ports/mod.ts";
import { networkTransports, systemClock, systemRandom } from "../../core/platform/mod.ts";
import { RecordingLogger } from "../../core/sim/mod.ts";

/** Memberlist's defaults, sped up so that tests need not wait for what takes seconds. */
export const quickSettings = {
  ...gossipProfiles.lan,
  probeIntervalMs: 200,
  probeTimeoutMs: 100,
  gossipIntervalMs: 20,
};

/** One member of ours on loopback, with all that it was told. */
export class GossipPeer {
  readonly notifications: Notification[] = [];
  readonly logger = new RecordingLogger();
  gossip!: Gossip;

  static async start(
    name: string,
    more: Partial<GossipOptions> = {},
    transports: Transports = networkTransports,
  ): Promise<GossipPeer> {
    const peer = new GossipPeer();
    const ports = {
      clock: systemClock,
      random: systemRandom,
      transports,
      logger: peer.logger,
    };
    peer.gossip = await Gossip.start(ports, {
      name,
      listen: { host: "127.0.0.1", port: 0 },
      settings: quickSettings,
      meta: new TextEncoder().encode(name),
      // What is told of a member is kept as it was then: the table goes on changing it.
      onNotification: (it) =>
        peer.notifications.push("member" in it ? { ...it, member: { ...it.member } } : it),
      ...more,
    });
    return peer;
  }

  get endpoint(): Endpoint {
    return this.gossip.local;
  }

  sees(name: string): string | undefined {
    return this.gossip.members().find((member) => member.name === name)?.liveness;
  }

  /** How many members are believed alive. */
  count(): number {
    return this.gossip.members().filter(({ liveness }) => liveness === "alive").length;
  }

  messages(): Uint8Array[] {
    return this.notifications.filter((it) => it.kind === "message").map(({ payload }) => payload);
  }

  told(kind: Notification["kind"], name?: string): boolean {
    return this.notifications.some((it) =>
      it.kind === kind && (!name || ("member" in it && it.member.name === name))
    );
  }

  stop(): Promise<void> {
    return this.gossip.stop();
  }
}
