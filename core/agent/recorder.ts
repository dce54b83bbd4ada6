import type { JsonObject, ServiceRef } from "../base/mod.ts";
import type { Logger } from "../ports/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Bus } from "./bus.ts";

/** What is said of one happening. */
export interface Happening {
  readonly ref?: ServiceRef;
  readonly item?: string;
  readonly type: string;
  readonly message: string;
  readonly data?: JsonObject;
}

/** Writes what happens to the host's event log, and tells those who watch. */
export class Recorder {
  readonly #store: Store;
  readonly #bus: Bus;
  readonly #logger: Logger;

  constructor(store: Store, bus: Bus, logger: Logger) {
    this.#store = store;
    this.#bus = bus;
    this.#logger = logger;
  }

  /** An event that cannot be written is only logged: what happened has happened. */
  async record({ ref, item, type, message, data }: Happening): Promise<void> {
    try {
      const event = await this.#store.events.append({
        ...(ref && { namespace: ref.namespace, service: ref.service }),
        ...(item !== undefined && { item }),
        type,
        message,
        ...(data && { data }),
      });
      this.#bus.publish({ kind: "event", event });
    } catch (error) {
      this.#logger.log("warning", "An event could not be written", { type, message, error });
    }
  }
}
