import { hostEnd, hostExec, hostRemoveFile, hostSpawn, hostWriteFile } from "./imports";
import { Json } from "./json";
import { storeText, takeText } from "./kernel";

/**
 * One effect on the host, appended to the plan by its last method.
 *
 *     new Step("write " + path, item.id, "write the page of " + item.id)
 *       .owning("file:" + path)
 *       .write(path, "0644", "hello");
 */
export class Step {
  private readonly header: Json = Json.object();
  private readonly needed: Json = Json.list();
  private readonly owned: Json = Json.list();
  private isJoinable: bool = false;

  constructor(
    /** Unique in a host's plan; steps with equal keys are made once. */
    readonly key: string,
    /** The id of the item that it is for. */
    item: string,
    /** Half a sentence for people. */
    why: string,
  ) {
    this.header.setText("key", key).setText("item", item).setText("why", why)
      .set("needs", this.needed).set("owns", this.owned);
  }

  /** Runs after the step with this key. */
  needing(key: string): Step {
    this.needed.push(Json.text(key));
    return this;
  }

  /** Runs after the steps with these keys. */
  needingAll(keys: string[]): Step {
    for (let i = 0; i < keys.length; i++) this.needing(keys[i]);
    return this;
  }

  /** Brings this resource into being: `file:/…`, `unit:…`. It is in the ledger before the step runs. */
  owning(resource: string): Step {
    this.owned.push(Json.text(resource));
    return this;
  }

  /** `start`: waits for what the item depends on; `stop`: for what depends on the item. */
  gated(gate: string): Step {
    this.header.setText("gate", gate);
    return this;
  }

  within(timeoutMs: i32): Step {
    this.header.set("timeoutMs", Json.number(timeoutMs));
    return this;
  }

  /**
   * The command may be given together with others that differ in their last word alone, as one with the last words of all:
   * `systemctl start a b c`. Where that fails each is given by itself.
   */
  joinable(): Step {
    this.isJoinable = true;
    return this;
  }

  /** Runs a command; exit codes other than 0 and those of `okExit` are failures. */
  exec(argv: string[], okExit: i32[] = []): void {
    const input = this.input().set("argv", Json.texts(argv));
    if (this.isJoinable) input.set("joinable", Json.boolean(true));
    if (okExit.length > 0) {
      const codes = Json.list();
      codes.push(Json.number(0));
      for (let i = 0; i < okExit.length; i++) codes.push(Json.number(okExit[i]));
      input.set("okExit", codes);
    }
    takeText(hostExec(storeText(input.toString())));
  }

  /** Replaces a file atomically. */
  write(path: string, mode: string, text: string): void {
    const input = this.input().setText("path", path).setText("mode", mode).setText("text", text);
    takeText(hostWriteFile(storeText(input.toString())));
  }

  /** Replaces a file atomically by one of the item's artifacts. */
  copy(path: string, mode: string, artifactPath: string, digest: string): void {
    const artifact = Json.object().setText("path", artifactPath).setText("digest", digest);
    const input = this.input().setText("path", path).setText("mode", mode);
    takeText(hostWriteFile(storeText(input.set("artifact", artifact).toString())));
  }

  /** Removes a file, or a directory with all in it. */
  remove(path: string, isRecursive: bool = false): void {
    const input = this.input().setText("path", path);
    if (isRecursive) input.set("recursive", Json.boolean(true));
    takeText(hostRemoveFile(storeText(input.toString())));
  }

  /** Starts a process that the agent supervises by itself; see the contract's `SpawnEffect`. */
  spawn(spawned: Json): void {
    const input = this.input();
    const names = spawned.keys();
    for (let i = 0; i < names.length; i++) input.set(names[i], spawned.at(names[i]));
    takeText(hostSpawn(storeText(input.toString())));
  }

  /** Ends the process that a pid file names. */
  end(pidPath: string, graceMs: i64): void {
    const input = this.input().setText("pidPath", pidPath)
      .set("graceMs", Json.number(graceMs as f64));
    takeText(hostEnd(storeText(input.toString())));
  }

  private input(): Json {
    return Json.object().set("step", this.header);
  }
}
