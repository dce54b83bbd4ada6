import { Item, Json } from "../../plugin-pdk/assemblyscript/mod";

/**
 * A program as it is to be run: what callers of this plugin hand over as an item's properties.
 *
 *     {description, command, environment, workingDirectory?, user?, group?, restart, restartMs, stopMs,
 *      fenced?, startLimit?, startLimitMs?, content: {name: digest}, needs: [step key], after: [unit]}
 */
export class Definition {
  readonly description: string;
  readonly command: string[];
  readonly environment: Json;
  /** Empty where none is named, as are user and group. */
  readonly directory: string;
  readonly user: string;
  readonly group: string;
  /** `always`, `on-failure` or `no`. */
  readonly restart: string;
  readonly restartMs: i64;
  readonly stopMs: i64;
  /** It ends with the agent's fence, and does not start with the host. */
  readonly fenced: bool;
  /** At most so many starts within that time; 0 for as many as it takes. */
  readonly startLimit: i64;
  readonly startLimitMs: i64;
  /** Files that the program consists of: it is restarted when one of them changes. */
  readonly content: Json;
  /** Steps that come before the start. */
  readonly needs: string[];
  /** Units that start before, where both start. */
  readonly after: string[];

  constructor(item: Item) {
    const json = item.properties;
    this.description = json.at("description").asText();
    this.command = json.at("command").asTexts();
    this.environment = json.objectOr("environment");
    this.directory = json.textOr("workingDirectory", "");
    this.user = json.textOr("user", "");
    this.group = json.textOr("group", "");
    this.restart = json.at("restart").asText();
    this.restartMs = json.at("restartMs").asInteger();
    this.fenced = json.booleanOr("fenced", false);
    this.startLimit = json.integerOr("startLimit", 0);
    this.startLimitMs = json.integerOr("startLimitMs", 0);
    this.stopMs = json.at("stopMs").asInteger();
    this.content = json.objectOr("content");
    this.needs = json.textsOr("needs", []);
    this.after = json.textsOr("after", []);
  }
}
