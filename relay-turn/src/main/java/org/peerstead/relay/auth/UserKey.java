package org.peerstead.relay.auth;

/**
 * What the relay knows about a user who may come in.
 *
 * @param username exactly as the client sends it, for REST credentials with the expiry
 * @param userId who it is for quotas, events and metrics: for REST credentials without the expiry
 * @param key the long-term key for the algorithm that was asked for; not to be changed or logged
 * @param expiresAtEpochSecond from when on it counts no more; {@link Long#MAX_VALUE} for never
 */
public record UserKey(String username, String userId, byte[] key, long expiresAtEpochSecond) {
  @Override
  public String toString() {
    return "UserKey[" + userId + "]";
  }
}
