package org.peerstead.relay.stun;

/** Message classes in the order of their two bits (RFC 8489 section 5). */
public enum StunClass {
  REQUEST,
  INDICATION,
  SUCCESS,
  ERROR
}
