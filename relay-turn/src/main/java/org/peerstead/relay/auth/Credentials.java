package org.peerstead.relay.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A source of users. Thread-safe, never blocks, and takes as long for unknown users as for known.
 */
public interface Credentials {
  /**
   * @return null when there is no such user or the user's time is over
   */
  @Nullable UserKey find(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond);

  /**
   * @param userHash 32 bytes, SHA-256(username ":" realm)
   * @return null also when this source cannot know users by their hash
   */
  @Nullable UserKey findByHash(
      byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond);

  /**
   * Other keys that count for the same username besides the one that {@link #find} gives, because a
   * secret is being replaced or several sources know it. Asked when the first does not fit.
   */
  default List<UserKey> others(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    return List.of();
  }
}
