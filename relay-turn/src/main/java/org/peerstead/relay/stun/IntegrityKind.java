package org.peerstead.relay.stun;

/** Which attribute protects a message. */
public enum IntegrityKind {
  NONE,
  /** MESSAGE-INTEGRITY: HMAC-SHA1, 20 bytes. */
  SHA1,
  /** MESSAGE-INTEGRITY-SHA256: HMAC-SHA256, 16 to 32 bytes. */
  SHA256
}
