package org.peerstead.relay.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.LongTermKey;

/**
 * Users that a holder of a shared secret has let in for some time, without the relay knowing them
 * (the "REST API" convention of draft-uberti-behave-turn-rest-00): the username is {@code
 * expiry:user}, {@code user:expiry} or the expiry alone, in seconds since 1970; the password is
 * base64(HMAC-SHA1(secret, username)). Immutable and thread-safe.
 */
public final class TimeLimitedCredentials implements Credentials {
  /** The user id of those whose username is an expiry alone. */
  public static final String NAMELESS = "nameless";

  private static final int MAX_USERNAME_BYTES = 508;

  /** Seconds since 1970 have 10 digits until the year 2286. */
  private static final int MAX_EXPIRY_DIGITS = 12;

  /**
   * What a client needs.
   *
   * @param username begins with the expiry
   * @param password not to be logged
   * @param expiresAtEpochSecond from then on the relay refuses it
   */
  public record Issued(String username, String password, long expiresAtEpochSecond) {
    @Override
    public String toString() {
      return "Issued[" + username + "]";
    }
  }

  private record Named(String userId, long expiresAtEpochSecond) {}

  private final List<SecretKeySpec> secrets;
  private final long maxFutureSeconds;

  /**
   * @param secrets the current one, then others that still count
   * @param maxFuture an expiry that is further away does not count: it was not us who made it
   */
  public TimeLimitedCredentials(List<byte[]> secrets, Duration maxFuture) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("time-limited credentials need a secret");
    }
    this.secrets = secrets.stream().map(TimeLimitedCredentials::key).toList();
    maxFutureSeconds = maxFuture.toSeconds();
  }

  /**
   * Makes credentials.
   *
   * @param userId who it is for quotas and views; at most 480 bytes, not digits before a colon
   * @param secret one of those that the relay knows
   * @throws IllegalArgumentException when the user id is empty or too long
   */
  public static Issued issue(String userId, Duration ttl, byte[] secret, long nowEpochSecond) {
    if (userId.isEmpty() || userId.getBytes(StandardCharsets.UTF_8).length > 480) {
      throw new IllegalArgumentException("a user id has 1 to 480 bytes");
    }
    long expiry = nowEpochSecond + ttl.toSeconds();
    String username = expiry + ":" + userId;
    return new Issued(username, password(key(secret), username), expiry);
  }

  @Override
  public @Nullable UserKey find(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    Named named = named(username, nowEpochSecond);
    // Made for strangers too: how long the answer takes must not tell who is known.
    UserKey user = user(named, username, realm, algorithm, secrets.getFirst());
    return named == null ? null : user;
  }

  @Override
  public List<UserKey> others(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    Named named = secrets.size() == 1 ? null : named(username, nowEpochSecond);
    if (named == null) {
      return List.of();
    }
    List<UserKey> others = new ArrayList<>(secrets.size() - 1);
    for (SecretKeySpec secret : secrets.subList(1, secrets.size())) {
      others.add(user(named, username, realm, algorithm, secret));
    }
    return others;
  }

  /** Always null: whom the secret's holder let in is not known here. */
  @Override
  public @Nullable UserKey findByHash(
      byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    return null;
  }

  private static UserKey user(
      @Nullable Named named,
      String username,
      String realm,
      PasswordAlgorithm algorithm,
      SecretKeySpec secret) {
    String password = password(secret, username);
    byte[] key =
        switch (algorithm) {
          case MD5 -> LongTermKey.md5(username, realm, password);
          case SHA256 -> LongTermKey.sha256(username, realm, password);
        };
    return new UserKey(
        username,
        named == null ? "" : named.userId(),
        key,
        named == null ? 0 : named.expiresAtEpochSecond());
  }

  /** Null when the username carries no expiry, or one that does not count. */
  private @Nullable Named named(String username, long nowEpochSecond) {
    if (username.getBytes(StandardCharsets.UTF_8).length > MAX_USERNAME_BYTES) {
      return null;
    }
    int first = username.indexOf(':');
    int last = username.lastIndexOf(':');
    Named named = null;
    if (first < 0) {
      named = isExpiry(username) ? new Named(NAMELESS, Long.parseLong(username)) : null;
    } else if (isExpiry(username.substring(0, first))) {
      named =
          new Named(username.substring(first + 1), Long.parseLong(username.substring(0, first)));
    } else if (isExpiry(username.substring(last + 1))) {
      named = new Named(username.substring(0, last), Long.parseLong(username.substring(last + 1)));
    }
    return named == null
            || named.expiresAtEpochSecond() <= nowEpochSecond
            || named.expiresAtEpochSecond() - nowEpochSecond > maxFutureSeconds
        ? null
        : named.userId().isEmpty() ? new Named(NAMELESS, named.expiresAtEpochSecond()) : named;
  }

  private static boolean isExpiry(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_EXPIRY_DIGITS
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static SecretKeySpec key(byte[] secret) {
    if (secret.length == 0) {
      throw new IllegalArgumentException("a secret is not empty");
    }
    return new SecretKeySpec(secret, "HmacSHA1");
  }

  private static String password(SecretKeySpec secret, String username) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(secret);
      return Base64.getEncoder()
          .encodeToString(mac.doFinal(username.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HmacSHA1", e);
    }
  }
}
