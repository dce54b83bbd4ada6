import { Answer, Item, Json, Step } from "../../plugin-pdk/assemblyscript/mod";
import { Visit } from "./visit";

/** What is asked of a log. */
export class LogOptions {
  readonly lines: i64;
  readonly isFollowing: bool;
  /** Only what the program wrote itself, and nothing that its manager says of it. */
  readonly isOwn: bool;

  constructor(json: Json) {
    this.lines = json.integerOr("lines", 100);
    this.isFollowing = json.booleanOr("follow", false);
    this.isOwn = json.booleanOr("own", false);
  }
}

/** Who runs the programs of a host. It has looked at all items when it is made; then only steps are appended. */
export abstract class Provider {
  /** Keys of the steps of the item that is being answered. */
  private keys: string[] = [];

  abstract reconcile(item: Item): Answer;
  abstract observe(item: Item): Answer;
  abstract remove(item: Item): Answer;
  abstract interact(item: Item, it: Visit): Answer;
  abstract logs(item: Item, options: LogOptions): Answer;

  /** Begins a step, whose key the caller is told. */
  protected step(item: Item, key: string, why: string): Step {
    this.keys.push(key);
    return new Step(key, item.id, why);
  }

  /** Tells the caller which steps come before whatever it removes itself. */
  protected withKeys(answer: Answer): Answer {
    answer.data(Json.object().set("steps", Json.texts(this.keys)));
    this.keys = [];
    return answer;
  }
}
