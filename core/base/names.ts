/** Whether a text is a DNS label (RFC 1123, section 2.1): what namespaces, services and hosts are called. */
export function isDnsLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/** The namespace that is meant where none is named. */
export const defaultNamespace = "default";

/** The namespace whose packages every other namespace sees. */
export const commonNamespace = "common";

/** Names one service: its namespace and its name, both DNS labels. */
export interface ServiceRef {
  readonly namespace: string;
  readonly service: string;
}

/** Returns a service's name for people: `shop`, or `team-a/shop` outside the default namespace. */
export function formatServiceRef(ref: ServiceRef): string {
  return ref.namespace === defaultNamespace ? ref.service : `${ref.namespace}/${ref.service}`;
}
