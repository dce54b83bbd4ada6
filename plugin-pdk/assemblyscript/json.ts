import { panic } from "./panic";

/** What a JSON value is. */
export enum JsonKind {
  Null,
  Boolean,
  Number,
  Text,
  List,
  Object,
}

/**
 * A JSON value that is read strictly: a wrong type or a missing key stops the plugin with the value's path in the
 * message. Nothing is turned into a default silently.
 */
export class Json {
  /** Where it is in its document, for messages: `items[0].properties.command`. */
  path: string = "";
  private flag: bool = false;
  private number: f64 = 0;
  private text: string = "";
  private list: Json[] = [];
  private names: string[] = [];

  private constructor(readonly kind: JsonKind) {}

  static null(): Json {
    return new Json(JsonKind.Null);
  }

  static boolean(value: bool): Json {
    const json = new Json(JsonKind.Boolean);
    json.flag = value;
    return json;
  }

  static number(value: f64): Json {
    const json = new Json(JsonKind.Number);
    json.number = value;
    return json;
  }

  /** Returns a number that is passed on as it was written: reading may be off in the last digit. */
  static writtenNumber(value: f64, text: string): Json {
    const json = Json.number(value);
    json.text = text;
    return json;
  }

  static text(value: string): Json {
    const json = new Json(JsonKind.Text);
    json.text = value;
    return json;
  }

  static list(values: Json[] = []): Json {
    const json = new Json(JsonKind.List);
    json.list = values;
    return json;
  }

  static texts(values: string[]): Json {
    const json = new Json(JsonKind.List);
    for (let i = 0; i < values.length; i++) json.list.push(Json.text(values[i]));
    return json;
  }

  static object(): Json {
    return new Json(JsonKind.Object);
  }

  /** Adds to a list. Returns the list. */
  push(value: Json): Json {
    this.list.push(value);
    return this;
  }

  /** Sets a key of an object; keys keep the order in which they came. Returns the object. */
  set(name: string, value: Json): Json {
    const at = this.names.indexOf(name);
    if (at < 0) {
      this.names.push(name);
      this.list.push(value);
    } else this.list[at] = value;
    return this;
  }

  setText(name: string, value: string): Json {
    return this.set(name, Json.text(value));
  }

  /** Whether an object has the key, with a value that is not null. */
  has(name: string): bool {
    return this.find(name) !== null;
  }

  /** Returns the value of an object's key; nothing where there is none, or where it is null. */
  find(name: string): Json | null {
    this.want(JsonKind.Object);
    const at = this.names.indexOf(name);
    if (at < 0 || this.list[at].kind == JsonKind.Null) return null;
    const found = this.list[at];
    found.path = this.path.length > 0 ? `${this.path}.${name}` : name;
    return found;
  }

  /** Returns the value of an object's key, which must be there. */
  at(name: string): Json {
    const found = this.find(name);
    if (found === null) panic(`${this.path.length > 0 ? this.path + "." : ""}${name} is missing`);
    return found!;
  }

  /** Returns the keys of an object, in their order. */
  keys(): string[] {
    this.want(JsonKind.Object);
    return this.names;
  }

  asBoolean(): bool {
    this.want(JsonKind.Boolean);
    return this.flag;
  }

  asNumber(): f64 {
    this.want(JsonKind.Number);
    return this.number;
  }

  asInteger(): i64 {
    this.want(JsonKind.Number);
    if (this.number != Math.floor(this.number)) panic(`${this.path} must be an integer`);
    return this.number as i64;
  }

  asText(): string {
    this.want(JsonKind.Text);
    return this.text;
  }

  /** Returns the elements of a list. */
  asList(): Json[] {
    this.want(JsonKind.List);
    for (let i = 0; i < this.list.length; i++) this.list[i].path = `${this.path}[${i}]`;
    return this.list;
  }

  /** Returns the elements of a list of texts. */
  asTexts(): string[] {
    const elements = this.asList();
    const texts: string[] = [];
    for (let i = 0; i < elements.length; i++) texts.push(elements[i].asText());
    return texts;
  }

  /** Returns the text under a key, or `otherwise` where there is none. */
  textOr(name: string, otherwise: string): string {
    const found = this.find(name);
    return found === null ? otherwise : found.asText();
  }

  booleanOr(name: string, otherwise: bool): bool {
    const found = this.find(name);
    return found === null ? otherwise : found.asBoolean();
  }

  integerOr(name: string, otherwise: i64): i64 {
    const found = this.find(name);
    return found === null ? otherwise : found.asInteger();
  }

  textsOr(name: string, otherwise: string[]): string[] {
    const found = this.find(name);
    return found === null ? otherwise : found.asTexts();
  }

  /** Returns the object under a key, or an empty one where there is none. */
  objectOr(name: string): Json {
    const found = this.find(name);
    if (found === null) return Json.object();
    found.want(JsonKind.Object);
    return found;
  }

  /** Returns the JSON text. */
  toString(): string {
    const parts: string[] = [];
    this.write(parts);
    return parts.join("");
  }

  private write(parts: string[]): void {
    switch (this.kind) {
      case JsonKind.Boolean:
        parts.push(this.flag ? "true" : "false");
        break;
      case JsonKind.Number:
        parts.push(this.text.length > 0 ? this.text : formatNumber(this.number));
        break;
      case JsonKind.Text:
        parts.push(quote(this.text));
        break;
      case JsonKind.List:
      case JsonKind.Object:
        this.writeElements(parts);
        break;
      default:
        parts.push("null");
    }
  }

  private writeElements(parts: string[]): void {
    const isObject = this.kind == JsonKind.Object;
    parts.push(isObject ? "{" : "[");
    for (let i = 0; i < this.list.length; i++) {
      if (i > 0) parts.push(",");
      if (isObject) {
        parts.push(quote(this.names[i]));
        parts.push(":");
      }
      this.list[i].write(parts);
    }
    parts.push(isObject ? "}" : "]");
  }

  private want(kind: JsonKind): void {
    if (this.kind == kind) return;
    const where = this.path.length > 0 ? this.path : "the value";
    panic(`${where} must be ${nameOf(kind)}, found ${nameOf(this.kind)}`);
  }
}

function nameOf(kind: JsonKind): string {
  switch (kind) {
    case JsonKind.Null:
      return "nothing";
    case JsonKind.Boolean:
      return "a boolean";
    case JsonKind.Number:
      return "a number";
    case JsonKind.Text:
      return "a text";
    case JsonKind.List:
      return "a list";
    default:
      return "a map";
  }
}

function formatNumber(value: f64): string {
  const isInteger = value == Math.floor(value) && Math.abs(value) < 9007199254740992.0;
  return isInteger ? (value as i64).toString() : value.toString();
}

/** Returns a text as JSON has it. */
function quote(text: string): string {
  const parts: string[] = ['"'];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code != 0x22 && code != 0x5c) continue;
    parts.push(text.substring(start, i));
    parts.push(escapeOf(code));
    start = i + 1;
  }
  parts.push(text.substring(start));
  parts.push('"');
  return parts.join("");
}

function escapeOf(code: i32): string {
  if (code == 0x22) return '\\"';
  if (code == 0x5c) return "\\\\";
  if (code == 0x0a) return "\\n";
  return "\\u" + code.toString(16).padStart(4, "0");
}
