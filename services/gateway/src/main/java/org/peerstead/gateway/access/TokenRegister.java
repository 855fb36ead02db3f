package org.peerstead.gateway.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tokens a running node accepts. Looks at the file again whenever it changed, so tokens made or
 * revoked on the command line count at once. A file that cannot be read lets nobody in.
 * Thread-safe.
 */
public final class TokenRegister {
  private final TokenFile file;
  private volatile Snapshot snapshot = new Snapshot(null, List.of());

  private record Version(Object fileKey, long modifiedMillis, long size) {}

  private record Snapshot(@Nullable Version version, List<AccessToken> tokens) {}

  /** A register of the tokens in a file that need not exist. */
  public TokenRegister(TokenFile file) {
    this.file = file;
  }

  /**
   * Whose token this is.
   *
   * @param secret what a client presented, any text
   * @return the token's id
   * @throws IOException when the file cannot be read
   */
  public Optional<String> idOf(String secret) throws IOException {
    byte[] hash = AccessToken.hashOf(secret);
    String id = null;
    for (AccessToken token : current()) {
      // No early end: the time tells nothing about which token matched.
      if (token.matches(hash)) {
        id = token.id();
      }
    }
    return Optional.ofNullable(id);
  }

  /**
   * Whether a token still exists.
   *
   * @throws IOException when the file cannot be read
   */
  public boolean contains(String id) throws IOException {
    return current().stream().anyMatch(token -> token.id().equals(id));
  }

  private List<AccessToken> current() throws IOException {
    Version version = version(file.path());
    Snapshot known = snapshot;
    if (!Objects.equals(version, known.version())) {
      known = new Snapshot(version, file.read());
      snapshot = known;
    }
    return known.tokens();
  }

  private static @Nullable Version version(Path path) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      Object key = attributes.fileKey();
      return new Version(
          key == null ? path : key, attributes.lastModifiedTime().toMillis(), attributes.size());
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
