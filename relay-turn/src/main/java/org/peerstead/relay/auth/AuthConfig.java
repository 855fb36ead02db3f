package org.peerstead.relay.auth;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the relay offers to who must show credentials.
 *
 * @param realm 1 to 32 bytes of UTF-8, without quotes: with a longer one (RFC 8489 section 14.9 has
 *     up to 127 characters) challenges over UDP would be longer than three times what asked for
 *     them. With up to 8 bytes there is room to offer SHA-256 keys and user hashes over UDP as well
 * @param algorithms MD5 alone, or both: clients of today know nothing else than MD5
 * @param userHash whether users may be named by their hash (RFC 8489 section 14.4)
 */
public record AuthConfig(String realm, Set<PasswordAlgorithm> algorithms, boolean userHash) {
  /** As long as a realm can be for answers to stay within three times the request. */
  public static final int MAX_REALM_BYTES = 32;

  public AuthConfig {
    algorithms = Set.copyOf(algorithms);
    int length = realm.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_REALM_BYTES || realm.indexOf('"') >= 0) {
      throw new IllegalArgumentException(
          "a realm has 1 to " + MAX_REALM_BYTES + " bytes and no quotes");
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
