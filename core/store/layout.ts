import { createHash } from "node:crypto";
import { fail, type ServiceRef } from "../base/mod.ts";
import type { PackageRef } from "./documents.ts";

/**
 * Where everything of the shared state is, relative to nothing: absolute paths under one root.
 *
 *     cluster.yaml
 *     tokens/<id>.<generation>
 *     secrets/<ns>/<name>.<generation>
 *     audit/<host>.jsonl
 *     namespaces/<ns>/profile|template|plugin/<name>/<digest>/…
 *     namespaces/<ns>/service/<name>/service.<generation>, clout.<generation>, observed/<host>.yaml
 *     hosts/<host>/host.yaml, heartbeat, listeners.yaml, events.jsonl, wanted.<generation>
 *     hosts/<host>/claims/<kind>/<key>
 */
export class Layout {
  constructor(readonly root: string) {}

  get cluster(): string {
    return `${this.root}/cluster.yaml`;
  }

  get secrets(): string {
    return `${this.root}/secrets`;
  }

  secretsOf(namespace: string): string {
    return `${this.secrets}/${encodeName(namespace)}`;
  }

  get tokens(): string {
    return `${this.root}/tokens`;
  }

  get audit(): string {
    return `${this.root}/audit`;
  }

  get namespaces(): string {
    return `${this.root}/namespaces`;
  }

  get hosts(): string {
    return `${this.root}/hosts`;
  }

  namespace(namespace: string): string {
    return `${this.namespaces}/${encodeName(namespace)}`;
  }

  services(namespace: string): string {
    return `${this.namespace(namespace)}/service`;
  }

  service(ref: ServiceRef): string {
    return `${this.services(ref.namespace)}/${encodeName(ref.service)}`;
  }

  packages(namespace: string, kind: PackageRef["kind"]): string {
    return `${this.namespace(namespace)}/${kind}`;
  }

  package(where: Omit<PackageRef, "digest">): string {
    return `${this.packages(where.namespace, where.kind)}/${encodeName(where.name)}`;
  }

  host(host: string): string {
    return `${this.hosts}/${encodeName(host)}`;
  }

  claims(host: string): string {
    return `${this.host(host)}/claims`;
  }
}

const nameBytesMax = 180;

/**
 * Returns a name as one file name that people can still read: `/srv/data` is `%2Fsrv%2Fdata`.
 *
 * A dot at the start is encoded too: names that start with a dot are ours, for what is temporary.
 */
export function encodeName(name: string): string {
  const encoded = encodeAll(name);
  if (encoded !== "" && encoded.length <= nameBytesMax) return encoded;
  fail("STATE_NAME", {
    what: `Cannot keep "${name.slice(0, 80)}" in the state`,
    why: name === "" ? "The name is empty" : `Its file name would be longer than ${nameBytesMax}`,
    fix: "Choose a shorter name, of ASCII letters and digits",
  });
}

/**
 * Returns a key of any length as one file name: like `encodeName`, but a long one is cut and ends with a digest of the
 * whole. What it stands for must be in the file.
 */
export function encodeKey(key: string): string {
  const encoded = encodeAll(key);
  if (encoded.length <= nameBytesMax) return encodeName(key);
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 32);
  return `${encoded.slice(0, nameBytesMax - 60)}--${digest}`;
}

/** A name that stays as it is. */
const keptName = /^[A-Za-z0-9_:@+=,-][A-Za-z0-9_:@+=,.-]*$/;

function encodeAll(name: string): string {
  if (keptName.test(name)) return name;
  return Array.from(
    new TextEncoder().encode(name),
    (byte, index) => isKept(byte, index) ? String.fromCharCode(byte) : percent(byte),
  ).join("");
}

/** Returns the name that `encodeName` made this file name of. */
export function decodeName(fileName: string): string {
  const bytes: number[] = [];
  for (let index = 0; index < fileName.length; index++) {
    if (fileName[index] === "%") {
      bytes.push(parseInt(fileName.slice(index + 1, index + 3), 16));
      index += 2;
    } else bytes.push(fileName.charCodeAt(index));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function isKept(byte: number, index: number): boolean {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_:@+=,-]/.test(character) || (character === "." && index > 0);
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
