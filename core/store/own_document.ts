import { type JsonObject, ProblemError } from "../base/mod.ts";
import { writeYaml } from "../yaml/mod.ts";
import type { StoreContext } from "./_context.ts";
import { makeLastingDirectory, parentOf, readIfThere, removeIfThere } from "./_directories.ts";
import type { DocumentCache } from "./_document_cache.ts";
import { checkFormat, damaged, decodeSpec, parseObject, type SpecCodec } from "./_document_text.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { sealText } from "./_seal.ts";
import { replaceFile } from "./_temporary_files.ts";
import { stateFormat } from "./documents.ts";
import type { OwnDocument } from "./store.ts";

/** Where missing directories above a document come from. */
export type ParentRule =
  /** They are made. */
  | "make"
  /** Only the last one is: what it belongs to must be there (a service that was removed stays removed). */
  | "make-last";

export interface ReplacedDocumentOptions {
  readonly parents?: ParentRule;
  /** Of the file; `0o644` unless told. */
  readonly mode?: number;
  /** Without an envelope, as a person would write it by hand: `cluster.yaml`, `agent.yaml`. */
  readonly isBare?: boolean;
  /** What a person does where it cannot be understood; that of a document of the state where absent. */
  readonly damagedFix?: string;
  /** Shared by all documents of a store. Nobody may change what was read. */
  readonly cache?: DocumentCache;
}

/** A document in one file that one writer replaces as a whole. */
export class ReplacedDocument<Spec> implements OwnDocument<Spec> {
  readonly #context: StoreContext;
  readonly #path: string;
  readonly #codec: SpecCodec<Spec>;
  readonly #options: ReplacedDocumentOptions;

  constructor(
    context: StoreContext,
    path: string,
    codec: SpecCodec<Spec>,
    options: ReplacedDocumentOptions = {},
  ) {
    this.#context = context;
    this.#path = path;
    this.#codec = codec;
    this.#options = options;
  }

  read(): Promise<Spec | undefined> {
    return guarded(this.#context, `read "${this.#path}"`, async () => {
      const { cache } = this.#options;
      // Looked at before it is read: a file that is replaced in between is read once more, never taken for the one before.
      const info = cache && await this.#context.files.stat(this.#path);
      if (cache && !info) return undefined;
      const known = info && cache?.get(this.#path, info);
      if (known) return known as Spec;
      const text = await readIfThere(this.#context, this.#path);
      if (text === undefined) return undefined;
      const spec = this.#parse(text);
      if (info) cache?.put(this.#path, info, spec);
      return spec;
    });
  }

  write(spec: Spec): Promise<void> {
    return guarded(this.#context, `write "${this.#path}"`, async () => {
      const text = this.#format(spec);
      try {
        await replaceFile(this.#context, this.#path, text, this.#options.mode);
      } catch (error) {
        if (!isFileError(error, "ENOENT")) throw error;
        await this.#makeParents();
        await replaceFile(this.#context, this.#path, text, this.#options.mode);
      }
    });
  }

  remove(): Promise<void> {
    return guarded(
      this.#context,
      `remove "${this.#path}"`,
      () => removeIfThere(this.#context, this.#path),
    );
  }

  async #makeParents(): Promise<void> {
    const parent = parentOf(this.#path);
    if (this.#options.parents !== "make-last") {
      return await makeLastingDirectory(this.#context, parent);
    }
    await this.#context.files.makeDirectory(parent).catch((error) => {
      if (!isFileError(error, "EEXIST")) throw error;
    });
  }

  #format(spec: Spec): string {
    const json = this.#codec.encode(spec);
    if (this.#options.isBare) return writeYaml(json);
    const { writer } = this.#context;
    return sealText(writeYaml({ format: stateFormat, kind: this.#codec.kind, writer, spec: json }));
  }

  #parse(text: string): Spec {
    try {
      return this.#decode(text);
    } catch (error) {
      const { damagedFix: fix } = this.#options;
      const isDamaged = error instanceof ProblemError && error.problem.code === "STATE_DAMAGED";
      throw isDamaged && fix ? new ProblemError({ ...error.problem, fix }) : error;
    }
  }

  #decode(text: string): Spec {
    const json = parseObject(text, this.#path);
    if (this.#options.isBare) return decodeSpec(this.#codec, json, this.#path);
    checkFormat(json.format, this.#path);
    if (json.kind !== this.#codec.kind || typeof json.spec !== "object" || json.spec === null) {
      damaged(this.#path, `It is not a document of kind "${this.#codec.kind}"`);
    }
    return this.#codec.decode(json.spec as JsonObject);
  }
}
