import { Answer, Item, Json, panic, Relation } from "../../plugin-pdk/assemblyscript/mod";

const reserves = "org.khutulun:1.0::Reserves";

/**
 * Answers what the source of a connection is to know: the address and port of the target's reserved port.
 *
 * Both follow from the target's claim, so they are known before anything runs.
 */
export function connect(item: Item): Answer {
  if (item.relations.length != 1) {
    panic(`edge ${item.id} must have one relation, found ${item.relations.length}`);
  }
  const answer = new Answer(item.id);
  const relation = item.relations[0];
  const port = choosePort(item, relation);
  if (port === null) {
    const wanted = item.properties.textOr("port_name", "");
    const which = wanted == "" ? "no port" : `no port "${wanted}"`;
    return answer.phase("failed", `${relation.other.at("id").asText()} reserves ${which}`);
  }
  const attributes = port.other.at("attributes");
  const number = attributes.find("port");
  if (number === null) {
    return answer.phase("pending", `Port ${port.other.at("id").asText()} is not claimed yet`);
  }
  const address = attributes.textOr("address", relation.other.at("address").asText());
  return answer.attribute("port", number).attribute("address", Json.text(address)).phase("ready");
}

/** Returns the port of the target that the connection's property `port_name` names, or the first one. */
function choosePort(item: Item, relation: Relation): Relation | null {
  const wanted = item.properties.textOr("port_name", "");
  for (let i = 0; i < relation.beyond.length; i++) {
    const each = relation.beyond[i];
    if (!each.isOf(reserves)) continue;
    if (wanted == "" || nodeOf(each.other.at("id").asText()) == wanted) return each;
  }
  return null;
}

/** Returns the node of an instance id: `http` of `http-0`. */
function nodeOf(instance: string): string {
  const dash = instance.lastIndexOf("-");
  return dash < 0 ? instance : instance.substring(0, dash);
}
