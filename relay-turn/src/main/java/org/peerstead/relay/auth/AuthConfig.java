package org.peerstead.relay.auth;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the relay offers to who must show credentials.
 *
 * @param realm at most 127 characters (RFC 8489 section 14.9); with up to 8 a challenge is no
 *     longer than three times the shortest Allocate
 * @param algorithms MD5 alone, or both: clients of today know nothing else than MD5
 * @param userHash whether users may be named by their hash (RFC 8489 section 14.4)
 */
public record AuthConfig(String realm, Set<PasswordAlgorithm> algorithms, boolean userHash) {
  public AuthConfig {
    algorithms = Set.copyOf(algorithms);
    int length = realm.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || realm.length() > 127 || realm.indexOf('"') >= 0) {
      throw new IllegalArgumentException("a realm has 1 to 127 characters and no quotes");
    }
    if (!algorithms.contains(PasswordAlgorithm.MD5)) {
      throw new IllegalArgumentException("clients that know MD5 only must be served");
    }
  }

  /** Everything that is known. */
  public static AuthConfig of(String realm) {
    return new AuthConfig(realm, EnumSet.allOf(PasswordAlgorithm.class), true);
  }

  boolean offersAlgorithms() {
    return algorithms.contains(PasswordAlgorithm.SHA256);
  }
}
