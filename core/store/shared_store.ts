import {
  compareStrings,
  formatServiceRef,
  type Json,
  type JsonObject,
  RecentlyUsed,
  type ServiceRef,
} from "../base/mod.ts";
import { cloutToJson, jsonToClout } from "../clout/mod.ts";
import { readCluster } from "./_cluster_file.ts";
import { type StoreContext, uniqueName } from "./_context.ts";
import {
  listNames,
  makeLastingDirectory,
  readIfThere,
  removeIfThere,
  removeTree,
} from "./_directories.ts";
import { DocumentCache } from "./_document_cache.ts";
import { plainCodec, type SpecCodec } from "./_document_text.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { ServiceRemoval } from "./_removal.ts";
import { listAndSweep } from "./_temporary_files.ts";
import { type ClaimLists, LinkedClaims } from "./claims.ts";
import { stampOf } from "./_stamp.ts";
import { HostAuditLog } from "./audit_log.ts";
import type {
  ClusterSpec,
  GraphSpec,
  HostSpec,
  HostWantedSpec,
  ObservedSpec,
  SealSpec,
  SecretRef,
  SecretSpec,
  ServiceSpec,
  StateDocument,
  TokenSpec,
} from "./documents.ts";
import { type HandEdit, handEditsIn } from "./hand_edits.ts";
import { HostEventLog } from "./events.ts";
import { LinkedGenerations, type SeenGenerations } from "./generations.ts";
import { decodeName, encodeName, Layout } from "./layout.ts";
import { ReplacedDocument } from "./own_document.ts";
import { DirectoryPackages } from "./packages.ts";
import type {
  AuditLog,
  Claims,
  EventLog,
  Generations,
  OwnDocument,
  Packages,
  Store,
} from "./store.ts";

const graphCodec: SpecCodec<GraphSpec> = {
  kind: "clout",
  encode: ({ serviceGeneration, previous, instances, clout, isRemoved }) => ({
    serviceGeneration,
    ...(previous !== undefined && { previous }),
    ...(isRemoved && { isRemoved }),
    instances,
    clout: cloutToJson(clout),
  }),
  decode: (json) => ({
    serviceGeneration: json.serviceGeneration as number,
    ...(json.previous !== undefined && { previous: json.previous as number }),
    instances: json.instances as readonly JsonObject[],
    clout: jsonToClout(json.clout as Json),
    ...(json.isRemoved === true && { isRemoved: true as const }),
  }),
};

/**
 * Of how many documents the newest generation is kept in mind, and of how many directories the claims: what is dropped of more
 * is looked up anew.
 */
const seenMax = 50_000;
const claimListsMax = 4_096;

/** A document's files: its generations, and the copy for people. */
const documentFile = /^(.+)\.(\d+|yaml)$/;

/** The shared state as files under one directory. */
export class SharedStore implements Store {
  readonly events: EventLog;
  readonly packages: Packages;
  readonly audit: AuditLog;
  readonly #context: StoreContext;
  readonly #layout: Layout;
  readonly #seen: SeenGenerations = new RecentlyUsed({ entriesMax: seenMax });
  readonly #cache = new DocumentCache();
  readonly #claimLists: ClaimLists = new RecentlyUsed({ entriesMax: claimListsMax });
  readonly #removal: ServiceRemoval;
  /** Whether the heartbeat before was written to its end. */
  #isBeatWhole = false;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#layout = new Layout(context.root);
    this.events = new HostEventLog(context);
    this.packages = new DirectoryPackages(context);
    this.#removal = new ServiceRemoval(
      context,
      this.#layout,
      this.#seen,
      (ref) => this.#generations(this.#layout.service(ref), "clout", graphCodec),
    );
    this.audit = new HostAuditLog(context);
  }

  cluster(): Promise<ClusterSpec> {
    return readCluster(this.#context);
  }

  namespaces(): Promise<string[]> {
    return this.#names(this.#layout.namespaces);
  }

  async services(namespace?: string): Promise<ServiceRef[]> {
    const namespaces = namespace === undefined ? await this.namespaces() : [namespace];
    const found: ServiceRef[] = [];
    for (const each of namespaces) {
      const above = this.#layout.services(each);
      for (const name of await this.#fileNames(above, { withHidden: true })) {
        // A removal that was cut short is completed by whoever sees it.
        if (this.#removal.isRemains(name)) {
          await this.#removal.sweep(above, name).catch(() => {});
        } else if (!name.startsWith(".")) {
          found.push({ namespace: each, service: decodeName(name) });
        }
      }
    }
    return found.sort((a, b) =>
      compareStrings(a.namespace, b.namespace) || compareStrings(a.service, b.service)
    );
  }

  stamp(ref: ServiceRef): Promise<string | undefined> {
    const path = this.#layout.service(ref);
    // Every document comes by a new name in one of these directories.
    return guarded(
      this.#context,
      `look at "${formatServiceRef(ref)}"`,
      () => stampOf(this.#context, [path, `${path}/observed`]),
    );
  }

  asked(ref: ServiceRef): Generations<ServiceSpec> {
    return this.#generations(this.#layout.service(ref), "service", plainCodec("service"));
  }

  graph(ref: ServiceRef): Generations<GraphSpec> {
    return this.#removal.graphs(ref);
  }

  observed(ref: ServiceRef, host: string): OwnDocument<ObservedSpec> {
    const path = `${this.#layout.service(ref)}/observed/${encodeName(host)}.yaml`;
    return new ReplacedDocument(this.#context, path, plainCodec<ObservedSpec>("observed"), {
      parents: "make-last",
      cache: this.#cache,
    });
  }

  async observers(ref: ServiceRef): Promise<string[]> {
    const names = await this.#fileNames(`${this.#layout.service(ref)}/observed`);
    return names.filter((name) => name.endsWith(".yaml"))
      .map((name) => decodeName(name.slice(0, -".yaml".length)));
  }

  removeService(ref: ServiceRef, decidedOn: StateDocument<GraphSpec> | undefined): Promise<void> {
    return this.#removal.remove(ref, decidedOn);
  }

  hosts(): Promise<string[]> {
    return this.#names(this.#layout.hosts);
  }

  host(host: string): OwnDocument<HostSpec> {
    const path = `${this.#layout.host(host)}/host.yaml`;
    return new ReplacedDocument(this.#context, path, plainCodec<HostSpec>("host"));
  }

  removeHost(host: string): Promise<void> {
    return guarded(this.#context, `remove host "${host}"`, async () => {
      const path = this.#layout.host(host);
      this.#seen.delete(`${path}/wanted`);
      await this.#removeWhole(path, this.#layout.hosts);
    });
  }

  wanted(host: string): Generations<HostWantedSpec> {
    return this.#generations(this.#layout.host(host), "wanted", plainCodec("wanted"));
  }

  beat(host: string, sequence: number): Promise<void> {
    return guarded(this.#context, "write the heartbeat", async () => {
      const { files, clock, writer } = this.#context;
      const directory = this.#layout.host(host);
      const temporary = `${directory}/.heartbeat.tmp`;
      const text = `${writer.boot} ${sequence} ${new Date(clock.nowMs()).toISOString()}\n`;
      // Without fsync: a heartbeat says that we live, and is of no use after a power loss.
      // What a life before, or a beat that failed, has left would be appended to.
      if (!this.#isBeatWhole) await removeIfThere(this.#context, temporary);
      this.#isBeatWhole = false;
      try {
        await files.append(temporary, text);
      } catch (error) {
        if (!isFileError(error, "ENOENT")) throw error;
        await makeLastingDirectory(this.#context, directory);
        await files.append(temporary, text);
      }
      await files.rename(temporary, `${directory}/heartbeat`);
      this.#isBeatWhole = true;
    });
  }

  heartbeat(host: string): Promise<string | undefined> {
    const path = `${this.#layout.host(host)}/heartbeat`;
    return guarded(
      this.#context,
      `read the heartbeat of "${host}"`,
      () => readIfThere(this.#context, path),
    );
  }

  claims(host: string): Claims {
    return new LinkedClaims(this.#context, this.#layout.claims(host), this.#claimLists);
  }

  listeners(
    host: string,
  ): OwnDocument<{ readonly listeners: readonly { key: string; holder: string }[] }> {
    const path = `${this.#layout.host(host)}/listeners.yaml`;
    return new ReplacedDocument(this.#context, path, plainCodec("listeners"));
  }

  async handEdits(): Promise<HandEdit[]> {
    const directories: string[] = [];
    for (const ref of await this.services()) {
      const path = this.#layout.service(ref);
      directories.push(path, `${path}/observed`);
    }
    for (const host of await this.hosts()) directories.push(this.#layout.host(host));
    const edits: HandEdit[] = [];
    for (const each of directories) {
      edits.push(
        ...await guarded(
          this.#context,
          `look at "${each}"`,
          () => handEditsIn(this.#context, each),
        ),
      );
    }
    return edits;
  }

  tokens(): Promise<string[]> {
    return this.#documents(this.#layout.tokens);
  }

  token(id: string): Generations<TokenSpec> {
    return this.#generations(this.#layout.tokens, encodeName(id), plainCodec("token"));
  }

  removeToken(id: string): Promise<void> {
    return this.#removeDocument(`join token "${id}"`, this.#layout.tokens, encodeName(id));
  }

  async secrets(namespace?: string): Promise<SecretRef[]> {
    const namespaces = namespace === undefined
      ? await this.#names(this.#layout.secrets)
      : [namespace];
    const found: SecretRef[] = [];
    for (const each of namespaces) {
      const names = await this.#documents(this.#layout.secretsOf(each));
      found.push(...names.map((name) => ({ namespace: each, name })));
    }
    return found;
  }

  secret({ namespace, name }: SecretRef): Generations<SecretSpec> {
    const directory = this.#layout.secretsOf(namespace);
    return this.#generations(directory, encodeName(name), plainCodec("secret"));
  }

  removeSecret({ namespace, name }: SecretRef): Promise<void> {
    const directory = this.#layout.secretsOf(namespace);
    return this.#removeDocument(`secret "${name}"`, directory, encodeName(name));
  }

  #removeDocument(what: string, directory: string, own: string): Promise<void> {
    return guarded(this.#context, `remove ${what}`, async () => {
      this.#seen.delete(`${directory}/${own}`);
      // The newest last: until then it is there, and whole; what is old never counts as the newest.
      const files = (await listNames(this.#context, directory))
        .flatMap((file) => {
          const [, base, end] = documentFile.exec(file) ?? [];
          return base === own ? [{ file, generation: end === "yaml" ? 0 : Number(end) }] : [];
        })
        .sort((a, b) => a.generation - b.generation);
      for (const { file } of files) await removeIfThere(this.#context, `${directory}/${file}`);
      if (files.length > 0) await this.#context.files.syncDirectory(directory);
    });
  }

  sealOf(host: string): OwnDocument<SealSpec> {
    const path = `${this.#layout.host(host)}/seal.yaml`;
    return new ReplacedDocument(this.#context, path, plainCodec<SealSpec>("seal"));
  }

  /** Names of the documents with generations in a directory. */
  async #documents(directory: string): Promise<string[]> {
    const bases = (await this.#fileNames(directory)).flatMap((file) => {
      const [, base, end] = documentFile.exec(file) ?? [];
      return base === undefined || end === "yaml" ? [] : [base];
    });
    return [...new Set(bases)].map(decodeName).sort(compareStrings);
  }

  /** Removes what was left behind by those that died in the middle of something. */
  async sweep(): Promise<void> {
    await listAndSweep(this.#context, this.#layout.root);
    await this.#removeRemains(this.#layout.hosts);
    for (const namespace of await this.namespaces()) {
      await this.#removal.sweepAll(this.#layout.services(namespace));
    }
  }

  #generations<Spec>(
    directory: string,
    name: string,
    codec: SpecCodec<Spec>,
  ): Generations<Spec> {
    return new LinkedGenerations(this.#context, directory, name, codec, {
      seen: this.#seen,
      cache: this.#cache,
    });
  }

  /** Removes a directory, renamed first: what is listed is whole. */
  async #removeWhole(path: string, above: string): Promise<void> {
    try {
      await this.#context.files.rename(path, `${above}/.removed-${uniqueName(this.#context)}`);
      await this.#context.files.syncDirectory(above);
    } catch (error) {
      if (!isFileError(error, "ENOENT")) throw error;
    }
    await this.#removeRemains(above);
  }

  async #removeRemains(above: string): Promise<void> {
    const names = await this.#context.files.list(above).catch(() => []);
    for (const name of names) {
      if (name.startsWith(".removed-")) await removeTree(this.#context, `${above}/${name}`);
    }
  }

  async #names(directory: string): Promise<string[]> {
    return (await this.#fileNames(directory)).map(decodeName);
  }

  #fileNames(
    directory: string,
    options: { readonly withHidden?: boolean } = {},
  ): Promise<string[]> {
    return guarded(
      this.#context,
      `list "${directory}"`,
      () => listNames(this.#context, directory, options),
    );
  }
}
