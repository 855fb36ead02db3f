package org.peerstead.events;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The bytes that name a document: 16 for an open document as automerge-repo makes them, 32 for one
 * that is named by a public key. Its usual spelling is base58check. Ordered as unsigned bytes.
 */
public final class DocumentId implements Comparable<DocumentId> {
  /** Longest id accepted, in bytes. */
  public static final int MAX_SIZE = 64;

  private static final Pattern LEGACY_UUID =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final byte[] bytes;

  private DocumentId(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Copies 1 to 64 bytes.
   *
   * @throws IllegalArgumentException when the length is outside that range
   */
  public static DocumentId of(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "A document id has 1 to " + MAX_SIZE + " bytes, not " + bytes.length);
    }
    return new DocumentId(bytes.clone());
  }

  /** A new id of an open document: a version 4 UUID, as automerge-repo makes them. */
  public static DocumentId random(RandomGenerator random) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    bytes[6] = (byte) (bytes[6] & 0x0f | 0x40);
    bytes[8] = (byte) (bytes[8] & 0x3f | 0x80);
    return new DocumentId(bytes);
  }

  /** As {@link #random(RandomGenerator)}, from the platform's secure source. */
  public static DocumentId random() {
    return random(new SecureRandom());
  }

  /**
   * Parses the base58check spelling, with or without the {@code automerge:} scheme, or the legacy
   * UUID spelling. Anything after {@code #} (heads) is not accepted here.
   */
  public static Optional<DocumentId> parse(String text) {
    String id = text.startsWith("automerge:") ? text.substring("automerge:".length()) : text;
    if (LEGACY_UUID.matcher(id).matches()) {
      UUID uuid = UUID.fromString(id);
      byte[] bytes =
          ByteBuffer.allocate(16)
              .putLong(uuid.getMostSignificantBits())
              .putLong(uuid.getLeastSignificantBits())
              .array();
      return Optional.of(new DocumentId(bytes));
    }
    return Base58Check.decode(id)
        .filter(bytes -> bytes.length > 0 && bytes.length <= MAX_SIZE)
        .map(DocumentId::new);
  }

  /** A copy of the bytes. */
  public byte[] toArray() {
    return bytes.clone();
  }

  @Override
  public int compareTo(DocumentId other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DocumentId id && Arrays.equals(bytes, id.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The base58check spelling without a scheme. */
  @Override
  public String toString() {
    return Base58Check.encode(bytes);
  }
}
