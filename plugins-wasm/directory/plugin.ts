/**
 * Local directories, by the commands that a person would use. One that was there before is used as it is: neither its
 * mode is changed, nor is it ever removed. The ledger tells which are ours.
 */
import {
  Answer,
  Host,
  Item,
  Json,
  panic,
  Plugin,
  Request,
  serve,
  Step,
} from "../../plugin-pdk/assemblyscript/mod";
import { Observed, observePaths } from "./observed";

/** A directory that we made and that is to be removed with its item. */
const ours = "directory:";
/** A directory that we made and that is to be kept; its path follows. */
const kept = "other:kept-directory:";

class Directory extends Plugin {
  describe(): string {
    return "Makes local directories";
  }

  override place(request: Request): Answer[] {
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      const path = pathOf(item, request.host);
      answers.push(new Answer(item.id).attribute("path", Json.text(path)));
    }
    return answers;
  }

  override reconcile(request: Request): Answer[] {
    return lookAt(request, true);
  }

  override observe(request: Request): Answer[] {
    return lookAt(request, false);
  }

  override remove(request: Request): Answer[] {
    const paths: string[] = [];
    for (let i = 0; i < request.items.length; i++) addOwned(paths, request.items[i]);
    const observed = observePaths(paths);
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      const owned: string[] = [];
      addOwned(owned, item);
      for (let p = 0; p < owned.length; p++) {
        if (observed.has(owned[p])) removeDirectory(item, owned[p]);
      }
      answers.push(new Answer(item.id).phase("absent").owned([]));
    }
    return answers;
  }
}

function removeDirectory(item: Item, path: string): void {
  new Step(`remove directory ${path}`, item.id, `remove the directory "${path}"`).gated("stop")
    .exec(["rm", "-rf", "--one-file-system", "--", path]);
}

function lookAt(request: Request, isChanging: bool): Answer[] {
  const paths: string[] = [];
  for (let i = 0; i < request.items.length; i++) {
    paths.push(pathOf(request.items[i], request.host));
  }
  const observed = observePaths(paths);
  const answers: Answer[] = [];
  for (let i = 0; i < request.items.length; i++) {
    const item = request.items[i];
    const found = observed.has(paths[i]) ? observed.get(paths[i]) : null;
    const answer = new Answer(item.id).attribute("path", Json.text(paths[i]));
    if (isChanging) change(item, paths[i], found);
    answers.push(tell(answer, item, paths[i], found));
  }
  return answers;
}

/** Appends the steps that are lacking; none for what is not ours. */
function change(item: Item, path: string, found: Observed | null): void {
  const make = `make directory ${path}`;
  const owner = item.properties.textOr("owner", "");
  if (found === null) {
    new Step(make, item.id, `make the directory "${path}"`).owning(resourceOf(item, path))
      .exec(["mkdir", "-p", "-m", modeOf(item), "--", path]);
    if (owner.length > 0) giveTo(item, path, owner).needing(make).exec(chown(path, owner));
    return;
  }
  if (!found.isDirectory || !isOurs(item, path)) return;
  if (found.mode != (parseInt(modeOf(item), 8) as i32)) {
    new Step(`set mode of ${path}`, item.id, `set the mode of "${path}" to ${modeOf(item)}`)
      .exec(["chmod", modeOf(item), "--", path]);
  }
  if (owner.length > 0 && !found.isOwnedBy(owner)) {
    giveTo(item, path, owner).exec(chown(path, owner));
  }
}

function giveTo(item: Item, path: string, owner: string): Step {
  return new Step(`set owner of ${path}`, item.id, `give "${path}" to ${owner}`);
}

function chown(path: string, owner: string): string[] {
  return ["chown", owner, "--", path];
}

function tell(answer: Answer, item: Item, path: string, found: Observed | null): Answer {
  if (found === null && item.want == "absent") return answer.phase("absent").owned([]);
  if (found === null) return answer.phase("pending", `"${path}" is not there`).owned(item.owned);
  if (!found.isDirectory) {
    return answer.phase("failed", `"${path}" is not a directory`).owned(item.owned);
  }
  return answer.phase("ready").owned(ownedNow(item, path));
}

/**
 * Returns what the item has: its directory where it is ours, kept or not as its property says now, and those that it
 * had before at other paths: they hold data, so they stay until the item goes.
 */
function ownedNow(item: Item, path: string): string[] {
  const owned: string[] = isOurs(item, path) ? [resourceOf(item, path)] : [];
  for (let i = 0; i < item.owned.length; i++) {
    const each = item.owned[i];
    if (each != ours + path && each != kept + path) owned.push(each);
  }
  return owned;
}

function addOwned(paths: string[], item: Item): void {
  for (let i = 0; i < item.owned.length; i++) {
    if (item.owned[i].startsWith(ours)) paths.push(item.owned[i].substring(ours.length));
  }
}

function isOurs(item: Item, path: string): bool {
  return item.owns(ours + path) || item.owns(kept + path);
}

function resourceOf(item: Item, path: string): string {
  return (item.properties.booleanOr("keep", false) ? kept : ours) + path;
}

function pathOf(item: Item, host: Host): string {
  const path = item.properties.textOr("path", `${host.data}/${item.name}`);
  if (!path.startsWith("/") || path.includes("/../") || path.endsWith("/..")) {
    panic(`${item.id}: path must be absolute and without "..", found "${path}"`);
  }
  for (let i = 0; i < path.length; i++) {
    if (path.charCodeAt(i) < 0x20) panic(`${item.id}: path must not hold control characters`);
  }
  return path.length > 1 && path.endsWith("/") ? path.substring(0, path.length - 1) : path;
}

function modeOf(item: Item): string {
  return item.properties.textOr("mode", "0755");
}

export function call(): i32 {
  return serve(new Directory());
}
