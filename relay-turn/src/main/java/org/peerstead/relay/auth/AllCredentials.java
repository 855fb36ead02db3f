package org.peerstead.relay.auth;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several sources of users as one, for example static and time-limited ones. Immutable. */
public final class AllCredentials implements Credentials {
  private final List<Credentials> sources;

  /**
   * @param sources asked in this order
   */
  public AllCredentials(List<? extends Credentials> sources) {
    this.sources = List.copyOf(sources);
  }

  @Override
  public @Nullable UserKey find(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    UserKey found = null;
    // All are asked, so that it takes as long whoever it is.
    for (Credentials source : sources) {
      UserKey user = source.find(username, realm, algorithm, nowEpochSecond);
      found = found == null ? user : found;
    }
    return found;
  }

  @Override
  public List<UserKey> others(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    List<UserKey> others = new ArrayList<>();
    boolean isFirst = true;
    for (Credentials source : sources) {
      UserKey user = source.find(username, realm, algorithm, nowEpochSecond);
      if (user != null && !isFirst) {
        others.add(user);
      }
      isFirst &= user == null;
      others.addAll(source.others(username, realm, algorithm, nowEpochSecond));
    }
    return others;
  }

  @Override
  public @Nullable UserKey findByHash(
      byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    UserKey found = null;
    for (Credentials source : sources) {
      UserKey user = source.findByHash(userHash, realm, algorithm, nowEpochSecond);
      found = found == null ? user : found;
    }
    return found;
  }
}
