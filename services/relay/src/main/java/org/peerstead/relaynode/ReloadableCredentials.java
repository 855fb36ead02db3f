package org.peerstead.relaynode;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Credentials;
import org.peerstead.relay.auth.PasswordAlgorithm;
import org.peerstead.relay.auth.UserKey;

/** Credentials that can be replaced while the relay runs. Thread-safe. */
final class ReloadableCredentials implements Credentials {
  private volatile Credentials current;

  ReloadableCredentials(Credentials first) {
    current = first;
  }

  void replace(Credentials next) {
    current = next;
  }

  @Override
  public @Nullable UserKey find(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    return current.find(username, realm, algorithm, nowEpochSecond);
  }

  @Override
  public List<UserKey> others(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    return current.others(username, realm, algorithm, nowEpochSecond);
  }

  @Override
  public @Nullable UserKey findByHash(
      byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    return current.findByHash(userHash, realm, algorithm, nowEpochSecond);
  }
}
