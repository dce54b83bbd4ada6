import * as fs from "node:fs";
import {
  IsolatedFiles,
  LocalFiles,
  LocalLocks,
  systemClock,
  systemRandom,
} from "../../core/platform/mod.ts";
import type { Files, Locks } from "../../core/ports/mod.ts";
import { createCluster, type ServiceSpec, type Store } from "../../core/store/mod.ts";
import { type BenchRow, timeMs } from "../bench_row.ts";
import { temporaryDirectory } from "../bench_undos.ts";

const ref = { namespace: "default", service: "shop" };
const documentBytes = 4_000;

const spec: ServiceSpec = {
  template: { namespace: "common", kind: "template", name: "t", digest: "d", entry: "e.yaml" },
  inputs: { text: "x".repeat(documentBytes) },
  plugins: {},
  asked: { at: "2026-01-01T00:00:00Z", by: "bench" },
};

interface Ports {
  readonly files: Files;
  readonly locks: Locks;
  close?(): void;
}

const local = (): Ports => ({ files: new LocalFiles(), locks: new LocalLocks() });
const isolated = (): Ports => new IsolatedFiles();

/** What the store costs over the system calls that make a document last. */
export const rows: readonly BenchRow[] = [
  writeRow("store: write a document", local),
  writeRow("store: write a document, through the worker", isolated),
  {
    name: "store: read the newest document",
    unit: "ms",
    rounds: 200,
    floor: "list + read",
    prepare: () =>
      withStore(isolated, async (store, root) => {
        await store.asked(ref).write(spec, 0);
        const directory = `${root}/namespaces/default/service/shop`;
        return {
          sample: () => timeMs(() => store.asked(ref).latest()),
          floor: () =>
            timeMs(() => {
              fs.readdirSync(directory);
              fs.readFileSync(`${directory}/service.1`, "utf8");
            }),
        };
      }),
  },
  {
    name: "store: take and free a claim, through the worker",
    unit: "ms",
    rounds: 100,
    floor: "write + fsync + link + fsync + rename + remove",
    prepare: () =>
      withStore(isolated, (store, root) => {
        const holder = {
          namespace: "default",
          service: "shop",
          instance: "web-0",
          epoch: 1,
          at: "",
        };
        const claims = store.claims("a");
        return Promise.resolve({
          sample: () =>
            timeMs(async () => {
              await claims.take("tcp", "9001", holder);
              await claims.free("tcp", "9001", holder);
            }),
          floor: () =>
            timeMs(() => {
              writeRaw(root, "claim");
              fs.renameSync(`${root}/claim`, `${root}/aside`);
              fs.unlinkSync(`${root}/aside`);
            }),
        });
      }),
  },
];

function writeRow(name: string, open: () => Ports): BenchRow {
  return {
    name,
    unit: "ms",
    rounds: 100,
    floor: "write + fsync + link + fsync",
    prepare: () =>
      withStore(open, (store, root) => {
        let generation = 0;
        let raw = 0;
        return Promise.resolve({
          sample: () => timeMs(() => store.asked(ref).write(spec, generation++)),
          floor: () => timeMs(() => writeRaw(root, `raw.${++raw}`)),
        });
      }),
  };
}

/** The least that makes a file last under a name that one writer wins. */
function writeRaw(directory: string, name: string): void {
  const temporary = `${directory}/.${name}.tmp`;
  const file = fs.openSync(temporary, "wx");
  fs.writeSync(file, spec.inputs.text as string);
  fs.fsyncSync(file);
  fs.closeSync(file);
  fs.linkSync(temporary, `${directory}/${name}`);
  fs.unlinkSync(temporary);
  const folder = fs.openSync(directory, "r");
  fs.fsyncSync(folder);
  fs.closeSync(folder);
}

async function withStore<T>(
  open: () => Ports,
  prepare: (store: Store, root: string) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const { path: root, remove } = await temporaryDirectory();
  const ports = open();
  const { files, locks } = ports;
  const writer = { host: "a", boot: "b" };
  const store = await createCluster(
    { clock: systemClock, random: systemRandom, files, locks, root: `${root}/state`, writer },
    { name: "bench", mode: "user" },
  );
  const prepared = await prepare(store, `${root}/state`);
  return {
    ...prepared,
    close: async () => {
      ports.close?.();
      await remove();
    },
  };
}
