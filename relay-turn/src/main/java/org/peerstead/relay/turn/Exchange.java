package org.peerstead.relay.turn;

import org.peerstead.relay.auth.Principal;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunWriter;

/**
 * A request that passed the credential check, and the way to answer it.
 *
 * @param principal who asks
 */
record Exchange(ClientPath path, StunMessage request, Principal principal, long nowNanos) {
  StunWriter success() {
    return StunWriter.success(request);
  }

  /** Protects an answer as the request was protected (RFC 8489 section 9.2.4). */
  byte[] seal(StunWriter answer) {
    answer.integrity(principal.integrity(), principal.key());
    if (request.hasFingerprint()) {
      answer.fingerprint();
    }
    return answer.toBytes();
  }

  void answer(StunWriter answer) {
    path.send(seal(answer));
  }

  void fail(int code) {
    answer(StunWriter.error(request, code));
  }
}
