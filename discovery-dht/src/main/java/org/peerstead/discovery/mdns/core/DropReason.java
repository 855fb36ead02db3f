package org.peerstead.discovery.mdns.core;

/** Why something that came in had no effect. */
public enum DropReason {
  /** More datagrams than are looked at in a second. */
  RATE,
  /** The sender is not on this link. */
  OFF_LINK,
  /** The bytes are not a message. */
  MALFORMED,
  /** An answer from another port than 5353 (RFC 6762 section 6). */
  WRONG_PORT,
  /** An instance whose records are not all in the message. */
  INCOMPLETE,
  /** An instance whose text breaks the rules of the version it names. */
  BAD_TEXT,
  /** An instance of another version. */
  OTHER_VERSION,
  /** As many peers as are remembered. */
  TABLE_FULL,
  /** As many peers of this address as are remembered. */
  TOO_MANY_OF_ADDRESS,
  /** A goodbye from an address that is none of the peer's. */
  FORGED_GOODBYE,
  /** A host that asks for unicast answers too often. */
  UNICAST_RATE
}
