package org.peerstead.discovery.mdns.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.wire.MalformedDnsException.Reason;
import org.peerstead.securestream.encoding.Slice;

/**
 * What the {@code TXT} record of an instance of our service type says (RFC 6763 section 6).
 *
 * <pre>
 * txtvers=1   version of these rules, always; other versions are passed over
 * s=          16 bytes, the salt of the digest
 * d=          8 to 192 bytes, the digest of the topics; without s and d there is none: connect to find out
 * dht=        decimal UDP port of a HyperDHT node at the same host; absent when it runs none
 * </pre>
 *
 * Keys are ASCII without regard to case, values are bytes. Of a key that comes twice the first
 * counts; unknown keys are passed over.
 *
 * @param digest what topics there may be, or null when that is not said
 * @param dhtPort UDP port 1 to 65,535; 0 for none
 */
public record ServiceText(@Nullable TopicDigest digest, int dhtPort) {
  /** The version written and read. */
  public static final int VERSION = 1;

  /** Longest text that is read: ours has at most 242 bytes. */
  public static final int MAX_BYTES = 512;

  /** Checks the port. */
  public ServiceText {
    if (dhtPort < 0 || dhtPort > 0xffff) {
      throw new IllegalArgumentException("port " + dhtPort);
    }
  }

  /** The data of the record. */
  public Slice encode() {
    var out = new ByteArrayOutputStream();
    entry(out, "txtvers", Slice.of(ascii(String.valueOf(VERSION))));
    if (digest != null) {
      entry(out, "s", digest.salt());
      entry(out, "d", digest.bits());
    }
    if (dhtPort != 0) {
      entry(out, "dht", Slice.of(ascii(String.valueOf(dhtPort))));
    }
    return Slice.of(out.toByteArray());
  }

  private static void entry(ByteArrayOutputStream out, String key, Slice value) {
    out.write(key.length() + 1 + value.length());
    out.writeBytes(ascii(key + "="));
    out.writeBytes(value.toByteArray());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads the data of a record; the result shares no bytes with it. */
  public static ServiceText decode(Slice strings) throws MalformedDnsException {
    if (strings.length() > MAX_BYTES) {
      throw bad("text of " + strings.length() + " bytes");
    }
    Slice version = null;
    Slice salt = null;
    Slice bits = null;
    Slice dht = null;
    for (int at = 0; at < strings.length(); ) {
      int size = strings.at(at) & 0xff;
      if (at + 1 + size > strings.length()) {
        throw bad("a string ends behind the record");
      }
      Slice entry = strings.range(at + 1, at + 1 + size);
      at += 1 + size;
      int equals = indexOfEquals(entry);
      Slice value = entry.range(Math.min(equals + 1, size), size);
      switch (key(entry, equals)) {
        case "txtvers" -> version = version == null ? value : version;
        case "s" -> salt = salt == null ? value : salt;
        case "d" -> bits = bits == null ? value : bits;
        case "dht" -> dht = dht == null ? value : dht;
        default -> {}
      }
    }
    if (version == null || version.length() != 1 || version.at(0) != '0' + VERSION) {
      throw new MalformedDnsException(Reason.OTHER_VERSION, "txtvers is not " + VERSION);
    }
    return new ServiceText(digest(salt, bits), dht == null ? 0 : port(dht));
  }

  private static int indexOfEquals(Slice entry) {
    int at = 0;
    while (at < entry.length() && entry.at(at) != '=') {
      at++;
    }
    return at;
  }

  private static String key(Slice entry, int length) {
    // No key of ours is longer.
    return length > 16
        ? ""
        : new String(entry.array(), entry.offset(), length, StandardCharsets.US_ASCII)
            .toLowerCase(Locale.ROOT);
  }

  private static @Nullable TopicDigest digest(@Nullable Slice salt, @Nullable Slice bits)
      throws MalformedDnsException {
    if (salt == null || bits == null) {
      return null;
    }
    if (salt.length() != TopicDigest.SALT_BYTES
        || bits.length() < TopicDigest.MIN_BYTES
        || bits.length() > TopicDigest.MAX_BYTES) {
      throw bad("salt of " + salt.length() + ", digest of " + bits.length() + " bytes");
    }
    return new TopicDigest(salt.copy(), bits.copy());
  }

  private static int port(Slice digits) throws MalformedDnsException {
    int port = 0;
    for (int i = 0; i < digits.length() && i < 6; i++) {
      int digit = digits.at(i) - '0';
      if (digit < 0 || digit > 9) {
        throw bad("a port that is no number");
      }
      port = port * 10 + digit;
    }
    if (digits.isEmpty() || port == 0 || port > 0xffff) {
      throw bad("port " + port);
    }
    return port;
  }

  private static MalformedDnsException bad(String detail) {
    return new MalformedDnsException(Reason.BAD_TEXT, detail);
  }
}
