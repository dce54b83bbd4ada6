/**
 * A floating-point number that was written as one.
 *
 * JavaScript cannot tell `1` from `1.0`, TOSCA must: integers are `bigint` and floats are this, from
 * `yaml/` up (TOSCA 2.0, section 9.1.1).
 */
export class Float {
  constructor(readonly value: number) {}

  /** Returns the shortest text that reads back as this float and as nothing else: `1.0`, `1e21`, `.inf`. */
  toString(): string {
    if (Number.isNaN(this.value)) return ".nan";
    if (!Number.isFinite(this.value)) return this.value > 0 ? ".inf" : "-.inf";
    if (Object.is(this.value, -0)) return "-0.0";
    const text = String(this.value);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }

  toJSON(): number | string {
    return Number.isFinite(this.value) ? this.value : this.toString();
  }
}
