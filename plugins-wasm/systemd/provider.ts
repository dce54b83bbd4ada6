import { Answer, Item, Json, Step } from "../../plugin-pdk/assemblyscript/mod";

/** Who runs the programs of a host. It has looked at all items when it is made; then only steps are appended. */
export abstract class Provider {
  /** Keys of the steps of the item that is being answered. */
  private keys: string[] = [];

  abstract reconcile(item: Item): Answer;
  abstract observe(item: Item): Answer;
  abstract remove(item: Item): Answer;
  abstract logs(item: Item, lines: i64, isFollowing: bool): Answer;

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
