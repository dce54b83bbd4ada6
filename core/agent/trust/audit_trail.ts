import type { AuditEntry } from "../../store/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";

/** Refused attempts that are written within `windowMs`; the rest is counted, so that nobody can fill the disk. */
const refusedMax = 50;
const windowMs = 10_000;

/** Writes who did what to the shared log, and to the agent's own where that is away. */
export class AuditTrail {
  readonly #context: AgentContext;
  #window = { sinceMs: -Infinity, written: 0, dropped: 0 };

  constructor(context: AgentContext) {
    this.#context = context;
  }

  async note(entry: Omit<AuditEntry, "at" | "host">): Promise<void> {
    if (entry.outcome === "refused" && !await this.#mayNote()) return;
    await this.#write(entry);
  }

  async read(limit: number): Promise<AuditEntry[]> {
    return await this.#context.store.audit.read(limit);
  }

  async #mayNote(): Promise<boolean> {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs - this.#window.sinceMs >= windowMs) {
      const { dropped } = this.#window;
      this.#window = { sinceMs: nowMs, written: 0, dropped: 0 };
      if (dropped > 0) {
        await this.#write({
          who: "nobody",
          from: "network",
          what: "more",
          subject: `${dropped} further attempts`,
          outcome: "refused",
        });
      }
    }
    if (this.#window.written++ < refusedMax) return true;
    this.#window.dropped++;
    return false;
  }

  async #write(entry: Omit<AuditEntry, "at" | "host">): Promise<void> {
    const { clock, host, store, logger } = this.#context;
    const whole: AuditEntry = { at: timeText(clock.nowMs()), host, ...entry };
    if (entry.outcome === "refused") {
      logger.log("warning", "A request was refused", { ...entry });
    }
    try {
      await store.audit.append(whole);
    } catch (error) {
      logger.log("error", "The audit log could not be written", {
        ...entry,
        error: String(error),
      });
    }
  }
}
