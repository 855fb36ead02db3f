package org.peerstead.relay.auth;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.LongTermKey;

/**
 * Users with a password that stays, as lines of text that hold no password but the keys made of it:
 * {@code user:realm:MD5 key:SHA-256 key}, keys in hexadecimal. Empty lines and lines that begin
 * with {@code #} say nothing. Who reads a line can come in as that user, so files of them are
 * secrets all the same; the password itself stays unknown. Immutable and thread-safe.
 */
public final class StaticUsers implements Credentials {
  /** As many users as a relay takes from one file. */
  public static final int MAX_USERS = 100_000;

  private static final int MD5_BYTES = 16;
  private static final int SHA256_BYTES = 32;
  private static final int MAX_NAME_LENGTH = 256;

  /** One line. */
  private record Entry(String name, String realm, byte[] md5, byte[] sha256) {
    UserKey key(PasswordAlgorithm algorithm) {
      byte[] key =
          switch (algorithm) {
            case MD5 -> md5;
            case SHA256 -> sha256;
          };
      return new UserKey(name, name, key, Long.MAX_VALUE);
    }

    @Override
    public String toString() {
      return "Entry[" + name + "]";
    }
  }

  private final Map<String, Entry> byName = new HashMap<>();
  private final Map<String, Entry> byHash = new HashMap<>();

  private StaticUsers() {}

  /**
   * Reads lines.
   *
   * @throws IllegalArgumentException when a line cannot be read; the message gives its number and
   *     never its keys
   */
  public static StaticUsers parse(List<String> lines) {
    StaticUsers users = new StaticUsers();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        users.add(entry(line, i + 1), i + 1);
      }
    }
    return users;
  }

  private static Entry entry(String line, int number) {
    String[] parts = line.split(":", -1);
    if (parts.length == 4 && !parts[0].isEmpty() && parts[0].length() <= MAX_NAME_LENGTH) {
      try {
        byte[] md5 = HexFormat.of().parseHex(parts[2].toLowerCase(Locale.ROOT));
        byte[] sha256 = HexFormat.of().parseHex(parts[3].toLowerCase(Locale.ROOT));
        if (md5.length == MD5_BYTES && sha256.length == SHA256_BYTES) {
          return new Entry(parts[0], parts[1], md5, sha256);
        }
      } catch (IllegalArgumentException e) {
        // Told below without the text, which holds keys.
      }
    }
    throw new IllegalArgumentException(
        "line " + number + " is not of the form user:realm:MD5 key:SHA-256 key");
  }

  private void add(Entry entry, int number) {
    if (byName.size() == MAX_USERS) {
      throw new IllegalArgumentException("line " + number + ": more than " + MAX_USERS + " users");
    }
    if (byName.putIfAbsent(entry.name(), entry) != null) {
      throw new IllegalArgumentException("line " + number + " names a user for the second time");
    }
    byHash.put(HexFormat.of().formatHex(LongTermKey.userHash(entry.name(), entry.realm())), entry);
  }

  /**
   * The line of a user.
   *
   * @param name 1 to 256 characters without colons, line breaks and a # in front
   * @throws IllegalArgumentException when the name or the realm cannot stand in a line
   */
  public static String line(String name, String realm, String password) {
    if (name.isEmpty()
        || name.length() > MAX_NAME_LENGTH
        || name.startsWith("#")
        || !name.equals(name.strip())
        || (name + realm).chars().anyMatch(c -> c == ':' || c < ' ')) {
      throw new IllegalArgumentException(
          "a user name has 1 to 256 characters, no colon and no # in front; a realm has no colon");
    }
    return name
        + ":"
        + realm
        + ":"
        + HexFormat.of().formatHex(LongTermKey.md5(name, realm, password))
        + ":"
        + HexFormat.of().formatHex(LongTermKey.sha256(name, realm, password));
  }

  /** How many users there are. */
  public int size() {
    return byName.size();
  }

  /** Their names, sorted. */
  public Set<String> names() {
    return new TreeSet<>(byName.keySet());
  }

  /** Users whose keys were made for another realm, and who can therefore not come in. */
  public Set<String> namesOutside(String realm) {
    Set<String> names = new TreeSet<>();
    byName.values().stream()
        .filter(entry -> !entry.realm().equals(realm))
        .forEach(entry -> names.add(entry.name()));
    return names;
  }

  @Override
  public @Nullable UserKey find(
      String username, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    Entry entry = byName.get(username);
    return entry == null || !entry.realm().equals(realm) ? null : entry.key(algorithm);
  }

  @Override
  public @Nullable UserKey findByHash(
      byte[] userHash, String realm, PasswordAlgorithm algorithm, long nowEpochSecond) {
    Entry entry = byHash.get(HexFormat.of().formatHex(userHash));
    return entry == null || !entry.realm().equals(realm) ? null : entry.key(algorithm);
  }
}
