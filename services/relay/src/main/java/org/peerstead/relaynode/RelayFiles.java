package org.peerstead.relaynode;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a relay's files are: below {@code relay} in the data folder unless configured elsewhere.
 *
 * @param secret with which time-limited credentials are made
 * @param users static users
 * @param nonceSecret made at the first start
 * @param oauthKeys keys shared with authorization servers
 * @param allow ranges of peers, one per line
 * @param deny ranges of peers, one per line
 */
public record RelayFiles(
    SecretFile secret,
    UsersFile users,
    SecretFile nonceSecret,
    Path oauthKeys,
    Path allow,
    Path deny) {
  /** Those in the data folder. */
  public static RelayFiles in(Path dataFolder) {
    Path folder = dataFolder.resolve("relay");
    return new RelayFiles(
        new SecretFile(folder.resolve("secret")),
        new UsersFile(folder.resolve("users")),
        new SecretFile(folder.resolve("nonce-secret")),
        folder.resolve("oauth-keys"),
        folder.resolve("allow"),
        folder.resolve("deny"));
  }

  static RelayFiles of(RelayConfig config, Path dataFolder) {
    RelayFiles own = in(dataFolder);
    return new RelayFiles(
        new SecretFile(or(config.secretFile(), own.secret.path())),
        new UsersFile(or(config.usersFile(), own.users.path())),
        new SecretFile(or(config.nonceSecretFile(), own.nonceSecret.path())),
        or(config.oauthKeysFile(), own.oauthKeys),
        or(config.peers().allowFile(), own.allow),
        or(config.peers().denyFile(), own.deny));
  }

  private static Path or(Optional<String> configured, Path own) {
    return configured.filter(text -> !text.isBlank()).map(Path::of).orElse(own);
  }
}
