/**
 * Runs programs for other plugins: as systemd units, or, on a host without systemd, by the agent's own supervision.
 * Which it is shows in the steps and in the attribute `unit`, and nowhere else.
 */
import { Answer, Plugin, Request, serve } from "../../plugin-pdk/assemblyscript/mod";
import { Manager } from "./manager";
import { LogOptions, Provider } from "./provider";
import { Supervisor } from "./supervisor";
import { Visit } from "./visit";

class Systemd extends Plugin {
  describe(): string {
    return "Runs programs as systemd units";
  }

  override reconcile(request: Request): Answer[] {
    const provider = providerOf(request);
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      answers.push(provider.reconcile(request.items[i]));
    }
    return answers;
  }

  override observe(request: Request): Answer[] {
    const provider = providerOf(request);
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      answers.push(provider.observe(request.items[i]));
    }
    return answers;
  }

  override remove(request: Request): Answer[] {
    const provider = providerOf(request);
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      answers.push(provider.remove(request.items[i]));
    }
    return answers;
  }

  /** Answers the command in `options.argv` as it is run for an item with `environment`, `user`, `group`, `workingDirectory`. */
  override interact(request: Request): Answer[] {
    const provider = providerOf(request);
    const argv = request.options.at("argv").asTexts();
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      answers.push(provider.interact(request.items[i], new Visit(request.items[i], argv)));
    }
    return answers;
  }

  override logs(request: Request): Answer[] {
    const provider = providerOf(request);
    const options = new LogOptions(request.options);
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      answers.push(provider.logs(request.items[i], options));
    }
    return answers;
  }
}

function providerOf(request: Request): Provider {
  return request.host.systemd == "none" ? new Supervisor(request) : new Manager(request);
}

export function call(): i32 {
  return serve(new Systemd());
}
