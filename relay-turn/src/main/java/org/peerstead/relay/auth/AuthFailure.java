package org.peerstead.relay.auth;

/** Why a request did not pass; counted, never told to the client. */
public enum AuthFailure {
  /** The first request of a client, which has no nonce yet: not a failure of anybody. */
  NO_CREDENTIALS,
  ATTRIBUTE_MISSING,
  NONCE_STALE,
  NONCE_FOREIGN,
  ALGORITHMS_CHANGED,
  USER_UNKNOWN,
  REALM_WRONG,
  INTEGRITY_WRONG,
  TOKEN_INVALID
}
