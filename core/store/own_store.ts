import { compareStrings, fail, type ServiceRef } from "../base/mod.ts";
import type { Clock, Files, Locks, Random } from "../ports/mod.ts";
import { lockWaitMsDefault, type StoreContext } from "./_context.ts";
import { listNames, removeIfThere } from "./_directories.ts";
import { plainCodec, type SpecCodec } from "./_document_text.ts";
import { guarded } from "./_file_problems.ts";
import { decodeName, encodeName } from "./layout.ts";
import { JournalLedger } from "./ledger.ts";
import { ReplacedDocument } from "./own_document.ts";
import { isTemporary } from "./_temporary_files.ts";
import type { AgentSpec, Ledger, OwnDocument, OwnStore, PlacementsSpec } from "./store.ts";

export interface OwnStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of the host's own disk. */
  readonly files: Files;
  readonly locks: Locks;
  /** Where `agent.yaml` is: `/etc/khutulun`. */
  readonly configDirectory: string;
  /** Where the rest is: `/var/lib/khutulun`. */
  readonly directory: string;
  readonly writer: { readonly host: string; readonly boot: string };
}

/** Returns what is this host's own. It has one user: the agent of this host. */
export function openOwnStore(options: OwnStoreOptions): OwnStore {
  return new HostOwnStore(options);
}

const agentFix =
  "Put a copy back; or move the file away, and let the agent write it anew by what its " +
  "certificate says: khutulun seed --state DIR, with the directory of the cluster's state";

const agentCodec: SpecCodec<AgentSpec> = {
  ...plainCodec<AgentSpec>("agent"),
  decode(json) {
    const { host, cluster, state, address } = json;
    const isWhole = [host, cluster, state, address].every((each) =>
      typeof each === "string" && each !== ""
    );
    if (isWhole) return json as unknown as AgentSpec;
    fail("STATE_DAMAGED", { what: "It does not say the host, its cluster, state and address" });
  },
};

class HostOwnStore implements OwnStore {
  readonly agent: OwnDocument<AgentSpec>;
  readonly ledger: Ledger;
  readonly #context: StoreContext;
  readonly #placements: string;

  constructor(options: OwnStoreOptions) {
    const { directory, configDirectory, ...rest } = options;
    this.#context = { ...rest, root: directory, lockWaitMs: lockWaitMsDefault, lasting: new Set() };
    this.#placements = `${directory}/placements`;
    this.agent = new ReplacedDocument(
      this.#context,
      `${configDirectory}/agent.yaml`,
      agentCodec,
      { isBare: true, damagedFix: agentFix },
    );
    this.ledger = new JournalLedger(this.#context);
  }

  placements(ref: ServiceRef): OwnDocument<PlacementsSpec> {
    const name = `${encodeName(ref.namespace)}/${encodeName(ref.service)}.yaml`;
    return new ReplacedDocument(
      this.#context,
      `${this.#placements}/${name}`,
      plainCodec("placements"),
      { mode: 0o600 },
    );
  }

  tidyPlacements(): Promise<ServiceRef[]> {
    return guarded(this.#context, `list "${this.#placements}"`, async () => {
      const found: ServiceRef[] = [];
      for (const namespace of await listNames(this.#context, this.#placements)) {
        const directory = `${this.#placements}/${namespace}`;
        for (const name of await this.#context.files.list(directory)) {
          // Nobody else writes here, and who did before has died.
          if (isTemporary(name)) await removeIfThere(this.#context, `${directory}/${name}`);
          if (!name.endsWith(".yaml")) continue;
          const service = decodeName(name.slice(0, -".yaml".length));
          found.push({ namespace: decodeName(namespace), service });
        }
      }
      return found.sort((a, b) =>
        compareStrings(a.namespace, b.namespace) || compareStrings(a.service, b.service)
      );
    });
  }
}
