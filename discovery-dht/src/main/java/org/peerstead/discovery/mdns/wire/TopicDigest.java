package org.peerstead.discovery.mdns.wire;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A Bloom filter of salted topics: says of a topic "certainly not" or "maybe". Whoever does not
 * know a topic already cannot read it out; whoever does can test it, and is wrong about once in 270
 * times for a full filter.
 *
 * <p>Positions of a topic: BLAKE2b-256 of the ASCII bytes {@code peerstead lan digest 1}, the salt
 * and the topic; its first six 32-bit words, big endian, each times the number of bits, divided by
 * 2^32. Bit {@code i} is bit {@code i mod 8} of byte {@code i / 8}, the lowest first. Immutable.
 *
 * @param salt {@link #SALT_BYTES} bytes, made anew with each instance name
 * @param bits {@link #MIN_BYTES} to {@link #MAX_BYTES} bytes
 */
public record TopicDigest(Slice salt, Slice bits) {
  /** Size of the salt. */
  public static final int SALT_BYTES = 16;

  /** Smallest filter that is read. */
  public static final int MIN_BYTES = 8;

  /** Largest filter. */
  public static final int MAX_BYTES = 192;

  /** With more topics a filter of the largest size would say "maybe" too often. */
  public static final int MAX_TOPICS = 128;

  private static final Slice DOMAIN =
      Slice.of("peerstead lan digest 1".getBytes(StandardCharsets.US_ASCII));
  private static final int SMALLEST_WRITTEN_BYTES = 24;
  private static final int BITS_PER_TOPIC = 12;
  private static final int POSITIONS = 6;

  /** Checks the sizes. */
  public TopicDigest {
    if (salt.length() != SALT_BYTES || bits.length() < MIN_BYTES || bits.length() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "salt of " + salt.length() + ", filter of " + bits.length() + " bytes");
    }
  }

  /**
   * The digest of these topics; empty when there are more than {@link #MAX_TOPICS}. Its size is the
   * smallest of 24, 48, 96 and 192 bytes that has 12 bits for each.
   */
  public static Optional<TopicDigest> of(Slice salt, Collection<Fixed32> topics) {
    if (topics.size() > MAX_TOPICS) {
      return Optional.empty();
    }
    int size = SMALLEST_WRITTEN_BYTES;
    while (size * 8 < topics.size() * BITS_PER_TOPIC) {
      size *= 2;
    }
    var bits = new byte[size];
    for (Fixed32 topic : topics) {
      Fixed32 hash = hash(salt, topic);
      for (int i = 0; i < POSITIONS; i++) {
        int position = position(hash, i, size);
        bits[position >>> 3] |= (byte) (1 << (position & 7));
      }
    }
    return Optional.of(new TopicDigest(salt, Slice.of(bits)));
  }

  /** False when the topic is certainly not among those digested. */
  public boolean mayContain(Fixed32 topic) {
    Fixed32 hash = hash(salt, topic);
    for (int i = 0; i < POSITIONS; i++) {
      int position = position(hash, i, bits.length());
      if ((bits.at(position >>> 3) & 1 << (position & 7)) == 0) {
        return false;
      }
    }
    return true;
  }

  private static Fixed32 hash(Slice salt, Fixed32 topic) {
    return Blake2b.hash(DOMAIN, salt, topic.toSlice());
  }

  private static int position(Fixed32 hash, int index, int sizeBytes) {
    long word = hash.word(index >>> 1) >>> ((~index & 1) * 32) & 0xffffffffL;
    return (int) (word * (sizeBytes * 8L) >>> 32);
  }
}
