import type { Hint, MemberFacts, Membership } from "./membership.ts";

/** The membership of a host that is alone: whoever else the state names is out of reach. */
export class LoneMembership implements Membership {
  readonly #self: MemberFacts;

  constructor(self: Omit<MemberFacts, "liveness">) {
    this.#self = { ...self, liveness: "alive" };
  }

  liveness(host: string): MemberFacts["liveness"] {
    return host === this.#self.id ? "alive" : "dead";
  }

  list(): readonly MemberFacts[] {
    return [this.#self];
  }

  stillMs(): number {
    return 0;
  }

  onChange(): () => void {
    return () => {};
  }

  hint(_hint: Hint): void {}

  onHint(): () => void {
    return () => {};
  }

  leave(): Promise<void> {
    return Promise.resolve();
  }
}
