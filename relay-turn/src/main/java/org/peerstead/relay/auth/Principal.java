package org.peerstead.relay.auth;

import org.peerstead.relay.stun.IntegrityKind;

/**
 * Who made a request that passed the credential check, and how the answer is to be protected.
 *
 * @param username what must be the same for every later request of an allocation
 * @param userId for quotas, events and metrics
 * @param key protects the answer; not to be changed or logged
 * @param integrity what the request used
 * @param expiresAtEpochSecond no lifetime may be granted beyond it when {@code isBoundToExpiry}
 * @param isBoundToExpiry whether an allocation must end with the credentials (OAuth tokens)
 */
public record Principal(
    String username,
    String userId,
    byte[] key,
    IntegrityKind integrity,
    long expiresAtEpochSecond,
    boolean isBoundToExpiry) {
  /** The same one, whose answers are protected in another way. */
  Principal signingWith(IntegrityKind other) {
    return other == integrity
        ? this
        : new Principal(username, userId, key, other, expiresAtEpochSecond, isBoundToExpiry);
  }

  @Override
  public String toString() {
    return "Principal[" + userId + "]";
  }
}
