import { Json } from "./json";
import { panic } from "./panic";

/** How deeply lists and objects may be nested. */
const depthMax: i32 = 128;

/** Returns the value of a JSON text (RFC 8259); stops the plugin where the text is none. */
export function parseJson(text: string): Json {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  private at: i32 = 0;

  constructor(private readonly text: string) {}

  value(depth: i32): Json {
    if (depth > depthMax) this.fail("it is nested too deeply");
    this.skipSpace();
    const code = this.peek();
    switch (code) {
      case 0x7b: // {
        return this.object(depth);
      case 0x5b: // [
        return this.list(depth);
      case 0x22: // "
        return Json.text(this.string());
      case 0x74: // t
        this.word("true");
        return Json.boolean(true);
      case 0x66: // f
        this.word("false");
        return Json.boolean(false);
      case 0x6e: // n
        this.word("null");
        return Json.null();
      default:
        return this.number();
    }
  }

  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) this.fail("something follows its end");
  }

  private object(depth: i32): Json {
    const object = Json.object();
    this.at++;
    if (this.isNext(0x7d)) return object;
    do {
      this.skipSpace();
      if (this.peek() != 0x22) this.fail("a key is wanted");
      const name = this.string();
      if (!this.isNext(0x3a)) this.fail('":" is wanted');
      object.set(name, this.value(depth + 1));
    } while (this.isNext(0x2c));
    if (!this.isNext(0x7d)) this.fail('"}" is wanted');
    return object;
  }

  private list(depth: i32): Json {
    const list = Json.list();
    this.at++;
    if (this.isNext(0x5d)) return list;
    do list.push(this.value(depth + 1)); while (this.isNext(0x2c));
    if (!this.isNext(0x5d)) this.fail('"]" is wanted');
    return list;
  }

  private string(): string {
    this.at++;
    let start = this.at;
    let parts: string[] | null = null;
    while (true) {
      const code = this.peek();
      if (code < 0x20) this.fail("a text does not end");
      if (code != 0x22 && code != 0x5c) {
        this.at++;
        continue;
      }
      const piece = this.text.substring(start, this.at);
      this.at++;
      if (code == 0x22) {
        if (parts === null) return piece;
        parts.push(piece);
        return parts.join("");
      }
      if (parts === null) parts = [];
      parts.push(piece);
      parts.push(this.escape());
      start = this.at;
    }
  }

  private escape(): string {
    const code = this.peek();
    this.at++;
    switch (code) {
      case 0x6e:
        return "\n";
      case 0x74:
        return "\t";
      case 0x72:
        return "\r";
      case 0x62:
        return "\b";
      case 0x66:
        return "\f";
      case 0x75: {
        const digits = this.text.substr(this.at, 4);
        this.at += 4;
        const unit = digits.length == 4 ? parseInt(digits, 16) : NaN;
        if (isNaN(unit)) this.fail("an escape is not one");
        return String.fromCharCode(unit as i32);
      }
      case 0x22:
      case 0x5c:
      case 0x2f:
        return String.fromCharCode(code);
      default:
        this.fail("an escape is not one");
        return "";
    }
  }

  private number(): Json {
    const start = this.at;
    while (this.at < this.text.length && isNumberPart(this.text.charCodeAt(this.at))) this.at++;
    const text = this.text.substring(start, this.at);
    const value = text.length > 0 ? parseFloat(text) : NaN;
    if (isNaN(value)) this.fail("a value is wanted");
    return Json.writtenNumber(value, text);
  }

  private word(word: string): void {
    if (this.text.substr(this.at, word.length) != word) this.fail("a value is wanted");
    this.at += word.length;
  }

  /** Whether the next character after spaces is this one; it is taken then. */
  private isNext(code: i32): bool {
    this.skipSpace();
    if (this.peek() != code) return false;
    this.at++;
    return true;
  }

  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private skipSpace(): void {
    while (true) {
      const code = this.peek();
      if (code != 0x20 && code != 0x0a && code != 0x0d && code != 0x09) return;
      this.at++;
    }
  }

  private fail(why: string): void {
    panic(`cannot read JSON: ${why} (at ${this.at} of ${this.text.length})`);
  }
}

/** Digits, signs, the point and the exponent. */
function isNumberPart(code: i32): bool {
  return (code >= 0x30 && code <= 0x39) || code == 0x2d || code == 0x2b || code == 0x2e ||
    code == 0x65 || code == 0x45;
}
