package org.peerstead.relay.auth;

import org.peerstead.relay.stun.StunWriter;

/** What the credential check says about a request. */
public sealed interface AuthDecision {
  /** It is whom it claims to be. */
  record Granted(Principal principal) implements AuthDecision {}

  /**
   * It may try (again) with the realm and nonce that {@link Challenge#write} puts into the answer.
   *
   * @param code 401 or 438
   */
  record Challenged(int code, AuthFailure failure, Challenge challenge) implements AuthDecision {}

  /** It is malformed: 400, without a challenge. */
  record Refused(AuthFailure failure) implements AuthDecision {}

  /** The attributes of a challenge. */
  interface Challenge {
    /** REALM, NONCE and whatever else is offered; nothing that makes the answer too long. */
    void write(StunWriter answer);
  }
}
