/** Codes of the room `gossip/`. */
export const gossipCodes = {
  GOSSIP_MALFORMED: "A peer sent bytes that are no message of the protocol",
  GOSSIP_REFUSED: "What a peer sent is not to be trusted: no valid key, a wrong checksum, a veto",
  GOSSIP_OTHER_CLUSTER: "A peer's bytes carry the label of another cluster",
  GOSSIP_LIMIT: "A peer sent more than the limit for its kind allows",
  GOSSIP_KEY_INVALID: "A gossip key has the wrong length, is missing or is in use",
  GOSSIP_SETTING_INVALID: "A gossip setting is out of its range",
  GOSSIP_NAME_TAKEN: "Another member of the cluster uses the same name from another address",
  GOSSIP_MERGE_REFUSED: "A peer's list of members cannot be merged with ours",
  GOSSIP_UNREACHABLE: "A member or seed could not be reached over TCP",
  GOSSIP_TOO_LARGE: "Metadata or a message of ours is larger than the protocol carries",
  GOSSIP_PORT_TAKEN: "The gossip port could not be opened",
} as const;
