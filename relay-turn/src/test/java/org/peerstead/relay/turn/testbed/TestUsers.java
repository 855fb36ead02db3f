package org.peerstead.relay.turn.testbed;

import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.Credentials;
import org.peerstead.relay.auth.PasswordAlgorithm;
import org.peerstead.relay.auth.UserKey;
import org.peerstead.relay.stun.LongTermKey;

/** Everybody may come in whose name does not begin with "no": the password is the name reversed. */
public final class TestUsers implements Credentials {
  public static String passwordOf(String username) {
    return new StringBuilder(username).reverse().toString();
  }

  @Override
  public @Nullable UserKey find(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    if (username.startsWith("no")) {
      return null;
    }
    String password = passwordOf(username);
    byte[] key =
        switch (algorithm) {
          case MD5 -> LongTermKey.md5(username, realm, password);
          case SHA256 -> LongTermKey.sha256(username, realm, password);
        };
    return new UserKey(username, username, key, Long.MAX_VALUE);
  }

  @Override
  public @Nullable UserKey findByHash(
      byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    return null;
  }
}
