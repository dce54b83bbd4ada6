import { Json } from "./json";
import { parseJson } from "./json_parser";
import { readInput, writeOutput } from "./kernel";
import { Answer, Request } from "./messages";
import { panic } from "./panic";

/**
 * A plugin: a class with a method for each verb that it answers. The others answer nothing for any item, but for
 * `reconcile` and `remove`, which a plugin that is asked must have.
 */
export abstract class Plugin {
  /** What it is, in a sentence. */
  abstract describe(): string;

  /** Hints and claims before a host is chosen; attributes that follow from the place once it is. */
  place(request: Request): Answer[] {
    return [];
  }

  /** Makes the host as wanted, by steps. */
  reconcile(request: Request): Answer[] {
    panic('it does not answer the verb "reconcile"');
    return [];
  }

  /** Tells how things are. */
  observe(request: Request): Answer[] {
    return [];
  }

  /** Takes away, by steps. */
  remove(request: Request): Answer[] {
    panic('it does not answer the verb "remove"');
    return [];
  }

  /** Answers the command that runs `options.argv` inside each item. */
  interact(request: Request): Answer[] {
    return [];
  }

  /** Answers the command that shows each item's log. */
  logs(request: Request): Answer[] {
    return [];
  }
}

/** Reads this call's request, lets the plugin answer it, and writes the response. */
export function serve(plugin: Plugin): i32 {
  const request = new Request(parseJson(readInput()));
  const answers = answer(plugin, request);
  const items = Json.list();
  for (let i = 0; i < answers.length; i++) items.push(answers[i].json);
  writeOutput(Json.object().set("items", items).toString());
  return 0;
}

function answer(plugin: Plugin, request: Request): Answer[] {
  const verb = request.verb;
  if (verb == "place") return plugin.place(request);
  if (verb == "reconcile") return plugin.reconcile(request);
  if (verb == "observe") return plugin.observe(request);
  if (verb == "remove") return plugin.remove(request);
  if (verb == "interact") return plugin.interact(request);
  if (verb == "logs") return plugin.logs(request);
  if (verb != "describe") panic(`it does not know the verb "${verb}"`);
  const answers: Answer[] = [];
  for (let i = 0; i < request.items.length; i++) {
    answers.push(new Answer(request.items[i].id).data(Json.text(plugin.describe())));
  }
  return answers;
}
