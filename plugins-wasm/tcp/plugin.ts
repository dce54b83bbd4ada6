/**
 * Ports: a reservation is a claim and nothing else on the host. Before the user of a port starts, the port is looked
 * up among the listening sockets, so that a foreign holder is named instead of a start failing for no visible reason.
 */
import {
  Answer,
  Item,
  Json,
  panic,
  Plugin,
  Request,
  serve,
} from "../../plugin-pdk/assemblyscript/mod";
import { connect } from "./connection";
import { findListeners, isAnyAddress, Listener } from "./listeners";
import { isHeldByUser } from "./users";

const claimName = "port";

class Tcp extends Plugin {
  describe(): string {
    return "Reserves TCP and UDP ports";
  }

  override place(request: Request): Answer[] {
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      answers.push(item.kind == "edge" ? connect(item) : placePort(item, request.host.address));
    }
    return answers;
  }

  override reconcile(request: Request): Answer[] {
    return observe(request);
  }

  override observe(request: Request): Answer[] {
    return observe(request);
  }

  /** The claim is the placer's to free, and there is nothing else. */
  override remove(request: Request): Answer[] {
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) answers.push(gone(request.items[i]));
    return answers;
  }
}

function gone(item: Item): Answer {
  return new Answer(item.id).phase("absent").owned([]);
}

function placePort(item: Item, hostAddress: string): Answer {
  const answer = new Answer(item.id);
  const protocol = protocolOf(item);
  const fixed = item.properties.integerOr("port", -1);
  if (fixed >= 0) answer.claimKey(claimName, protocol, checkedPort(item, fixed).toString());
  else {
    const from = checkedPort(item, item.properties.integerOr("from", 20000));
    const to = checkedPort(item, item.properties.integerOr("to", 29999));
    if (from > to) panic(`${item.id}: "from" (${from}) is beyond "to" (${to})`);
    answer.claimRange(claimName, protocol, from, to);
  }
  return item.claims.has(claimName) ? tellPort(answer, item, hostAddress) : answer;
}

/** Answers what is known of a port once it is claimed. */
function tellPort(answer: Answer, item: Item, hostAddress: string): Answer {
  const bound = item.properties.textOr("address", "");
  return answer.attribute("port", Json.number(claimedPort(item) as f64))
    .attribute("address", Json.text(isAnyAddress(bound) ? hostAddress : bound));
}

function observe(request: Request): Answer[] {
  let listeners: Listener[] = [];
  let isLookedUp = false;
  const answers: Answer[] = [];
  for (let i = 0; i < request.items.length; i++) {
    const item = request.items[i];
    if (item.want == "absent") answers.push(gone(item));
    else if (item.kind == "edge") answers.push(connect(item));
    else {
      if (!isLookedUp) listeners = findListeners();
      isLookedUp = true;
      answers.push(observePort(item, request, listeners));
    }
  }
  return answers;
}

/** A port is ready while nobody else listens on it; its user listening is as it should be. */
function observePort(item: Item, request: Request, listeners: Listener[]): Answer {
  const port = claimedPort(item);
  const answer = tellPort(new Answer(item.id), item, request.host.address)
    .owned([`claim:${protocolOf(item)}/${port}`]);
  const bound = item.properties.textOr("address", "");
  for (let i = 0; i < listeners.length; i++) {
    const each = listeners[i];
    if (each.protocol != protocolOf(item) || each.port != port) continue;
    if (!isAnyAddress(bound) && !isAnyAddress(each.address) && each.address != bound) continue;
    if (isHeldByUser(item, each, request.host.runtime)) continue;
    return answer.phase("failed", `Port ${port} is held by ${each.describe()}`);
  }
  return answer.phase("ready");
}

function protocolOf(item: Item): string {
  const protocol = item.properties.textOr("protocol", "tcp");
  if (protocol != "tcp" && protocol != "udp") {
    panic(`${item.id}: protocol must be "tcp" or "udp", found "${protocol}"`);
  }
  return protocol;
}

function checkedPort(item: Item, port: i64): i64 {
  if (port < 1 || port > 65535) panic(`${item.id}: port must be in 1–65535, found ${port}`);
  return port;
}

function claimedPort(item: Item): i64 {
  return I64.parseInt(item.claims.at(claimName).asText());
}

export function call(): i32 {
  return serve(new Tcp());
}
