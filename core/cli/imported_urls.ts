import { parseYaml, stringOf, type YamlNode } from "../yaml/mod.ts";

/** A file on a server that is imported. */
export interface ImportedUrl {
  readonly url: string;
  /** The root of the repository that it is in, where that is said: what a path with a leading slash begins at. */
  readonly root: string | undefined;
}

/**
 * Returns the URLs that a TOSCA file imports, found by its words alone: those under `imports`, those inside of a
 * repository that is on a server, and what a file from a server imports by a relative path.
 */
export function importedUrls(bytes: Uint8Array, file: string, root?: string): ImportedUrl[] {
  if (!/\.ya?ml$/i.test(file.replace(/[?#].*$/, ""))) return [];
  const { value: tree } = parseYaml(new TextDecoder().decode(bytes), file);
  if (tree?.kind !== "map") return [];
  const imports = tree.get("imports");
  if (imports?.kind !== "list") return [];
  return imports.items.flatMap((item) => {
    const url = stringOf(item) ?? textAt(item, "url");
    if (url === undefined) return [];
    const repository = textAt(item, "repository");
    const base = repository === undefined
      ? url.startsWith("/") ? root : undefined
      : repositoryUrl(tree, repository);
    const full = base === undefined
      ? url
      : `${base.replace(/\/?$/, "/")}${url.replace(/^\/+/, "")}`;
    const inside = base ?? root;
    if (/^https?:\/\//i.test(full)) return [{ url: full, root: inside }];
    const isBeside = /^https?:\/\//i.test(file) && !/^[a-z][a-z0-9+.-]*:/i.test(full);
    return isBeside ? [{ url: new URL(full, file).href, root: inside }] : [];
  });
}

function repositoryUrl(root: YamlNode, name: string): string | undefined {
  const repositories = root.kind === "map" ? root.get("repositories") : undefined;
  const found = repositories?.kind === "map" ? repositories.get(name) : undefined;
  return found && (stringOf(found) ?? textAt(found, "url"));
}

function textAt(node: YamlNode, key: string): string | undefined {
  const value = node.kind === "map" ? node.get(key) : undefined;
  return value && stringOf(value);
}
