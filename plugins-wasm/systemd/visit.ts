import { Item, Json } from "../../plugin-pdk/assemblyscript/mod";

/** A command that a person runs where an item runs: with its environment, directory, user and group. */
export class Visit {
  readonly directory: string;
  /** Empty where none is named, as is the group. */
  readonly user: string;
  readonly group: string;
  readonly environment: Json;
  /** The command, with its own `PATH`: what comes before it has to be found in the host's. */
  readonly argv: string[];

  constructor(item: Item, argv: string[]) {
    const json = item.properties;
    const directory = json.textOr("workingDirectory", "");
    this.directory = directory.length > 0 ? directory : "/";
    this.user = json.textOr("user", "");
    this.group = json.textOr("group", "");
    const environment = json.objectOr("environment");
    const names = environment.keys();
    const rest = Json.object();
    let path: string[] = [];
    for (let i = 0; i < names.length; i++) {
      const value = environment.at(names[i]);
      if (names[i] == "PATH") path = ["env", `PATH=${value.asText()}`];
      else rest.set(names[i], value);
    }
    this.environment = rest;
    this.argv = path.concat(argv);
  }
}
