package org.peerstead.relay.stun;

/** Message classes (RFC 8489 section 5). */
public enum StunClass {
  REQUEST,
  INDICATION,
  SUCCESS,
  ERROR
}
