/** A place in a text file. Lines and columns count from 1; columns count UTF-16 code units. */
export interface SourcePosition {
  /** The file as its user named it, or the path inside a package. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** Where a problem is: a place in a file, an operation on a host, or both. */
export interface Where {
  readonly position?: SourcePosition;
  /** The element's path inside its document: `node_templates.web.requirements[0].host`. */
  readonly path?: string;
  readonly host?: string;
  /** The instance, plugin, file or command that the operation was about. */
  readonly subject?: string;
}

/** Returns a place as `file:line:column`. */
export function formatPosition(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`;
}

/** Returns where a problem is, most precise part first. */
export function formatWhere(where: Where): string {
  const parts: string[] = [];
  if (where.position) parts.push(formatPosition(where.position));
  if (where.host) parts.push(`host ${where.host}`);
  if (where.subject) parts.push(where.subject);
  if (parts.length === 0 && where.path) parts.push(where.path);
  return parts.join(": ");
}
