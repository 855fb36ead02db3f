package org.peerstead.gateway.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What is kept of an access token: never the token itself. A token is {@code pst_} and 32 random
 * bytes in base64url, so a plain SHA-256 of it cannot be searched.
 */
public final class AccessToken {
  /** Longest name, in UTF-16 units. */
  public static final int MAX_NAME_LENGTH = 64;

  private static final String PREFIX = "pst_";
  private static final int SECRET_BYTES = 32;
  private static final int ID_BYTES = 4;
  private static final int MAX_TOKEN_LENGTH = 128;

  private final String id;
  private final byte[] hash;
  private final Instant createdAt;
  private final String name;

  private AccessToken(String id, byte[] hash, Instant createdAt, String name) {
    this.id = id;
    this.hash = hash;
    this.createdAt = createdAt;
    this.name = name;
  }

  /**
   * A new token.
   *
   * @param secret shown once to whoever asked for it
   * @param token what is kept
   */
  public record Issued(String secret, AccessToken token) {
    /** The secret is not for logs. */
    @Override
    public String toString() {
      return "Issued[" + token.id() + "]";
    }
  }

  /**
   * Makes a new token.
   *
   * @param name what it is for; control characters become spaces
   * @param random must be a cryptographic source
   */
  public static Issued issue(String name, Instant now, RandomGenerator random) {
    byte[] secretBytes = new byte[SECRET_BYTES];
    random.nextBytes(secretBytes);
    byte[] idBytes = new byte[ID_BYTES];
    random.nextBytes(idBytes);
    String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secretBytes);
    String plainName = name.replaceAll("\\p{Cntrl}", " ").strip();
    if (plainName.length() > MAX_NAME_LENGTH) {
      plainName = plainName.substring(0, MAX_NAME_LENGTH);
    }
    return new Issued(
        secret, new AccessToken(HexFormat.of().formatHex(idBytes), hashOf(secret), now, plainName));
  }

  /** Parses a line of the token file, or gives nothing when it is none. */
  static Optional<AccessToken> parse(String line) {
    String[] parts = line.split("\t", 4);
    if (parts.length != 4) {
      return Optional.empty();
    }
    try {
      byte[] hash = HexFormat.of().parseHex(parts[1]);
      return hash.length == 32
          ? Optional.of(new AccessToken(parts[0], hash, Instant.parse(parts[2]), parts[3]))
          : Optional.empty();
    } catch (IllegalArgumentException | java.time.format.DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** One line of the token file, without its end. */
  String toLine() {
    return id + "\t" + HexFormat.of().formatHex(hash) + "\t" + createdAt + "\t" + name;
  }

  /** Names the token in lists, logs and revocations. */
  public String id() {
    return id;
  }

  /** When it was made. */
  public Instant createdAt() {
    return createdAt;
  }

  /** What it is for. */
  public String name() {
    return name;
  }

  /** Whether {@code hash} is this token's; takes the same time whatever it is. */
  boolean matches(byte[] hashOfSecret) {
    return MessageDigest.isEqual(hash, hashOfSecret);
  }

  /** SHA-256 of a presented token; over-long ones are cut, and match nothing. */
  static byte[] hashOf(String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(bytes.length > MAX_TOKEN_LENGTH ? Arrays.copyOf(bytes, MAX_TOKEN_LENGTH) : bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
