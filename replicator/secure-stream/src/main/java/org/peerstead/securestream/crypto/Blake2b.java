package org.peerstead.securestream.crypto;

import java.util.Arrays;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * BLAKE2b (RFC 7693) without salt and personalisation, as libsodium's {@code crypto_generichash}.
 *
 * <p>The static methods hash the concatenation of their parts. An instance hashes piece by piece
 * and starts over after {@link #finish}; it is not thread-safe.
 */
public final class Blake2b {
  /** Digest size of hypercore's hashes in bytes. */
  public static final int SHORT_BYTES = 32;

  /** Digest size of Noise's hashes in bytes. */
  public static final int LONG_BYTES = 64;

  private static final byte[] NO_KEY = new byte[0];

  private static final int BLOCK_BYTES = Blake2bCompression.BLOCK_BYTES;

  private final Blake2bCompression compression = new Blake2bCompression();
  private final byte[] key;
  private final int digestBytes;
  private final byte[] block = new byte[BLOCK_BYTES];
  private final long[] initial;
  private final long[] h;

  /** Bytes waiting in {@link #block}. The last block is known as such only at the end. */
  private int held;

  private long byteCount;

  private Blake2b(byte[] key, int digestBytes) {
    if (digestBytes < 1 || digestBytes > LONG_BYTES || key.length > LONG_BYTES) {
      throw new IllegalArgumentException(
          "a digest of " + digestBytes + " bytes or a key of " + key.length + " outside 1-64");
    }
    this.key = key;
    this.digestBytes = digestBytes;
    this.initial = Blake2bCompression.initial(digestBytes, key.length);
    this.h = initial.clone();
    startOver();
  }

  /**
   * An unkeyed hash.
   *
   * @param digestBytes 1 to 64
   */
  public static Blake2b unkeyed(int digestBytes) {
    return new Blake2b(NO_KEY, digestBytes);
  }

  /**
   * A keyed hash.
   *
   * @param key 1 to 64 bytes
   * @param digestBytes 1 to 64
   */
  public static Blake2b keyed(byte[] key, int digestBytes) {
    if (key.length == 0) {
      throw new IllegalArgumentException("an empty key makes an unkeyed hash");
    }
    return new Blake2b(key, digestBytes);
  }

  /** BLAKE2b-256 of the concatenated {@code parts}. */
  public static Fixed32 hash(Slice... parts) {
    return unkeyed(SHORT_BYTES).updateAll(parts).finish32();
  }

  /**
   * Keyed BLAKE2b-256 of the concatenated {@code parts}.
   *
   * @param key 1 to 64 bytes
   */
  public static Fixed32 keyedHash(Slice key, Slice... parts) {
    return keyed(key.toByteArray(), SHORT_BYTES).updateAll(parts).finish32();
  }

  /** Adds {@code length} bytes of {@code input} from {@code offset}. */
  public Blake2b update(byte[] input, int offset, int length) {
    int position = offset;
    int left = length;
    if (held > 0 && left > BLOCK_BYTES - held) {
      int missing = BLOCK_BYTES - held;
      System.arraycopy(input, position, block, held, missing);
      position += missing;
      left -= missing;
      held = 0;
      compress(block, 0);
    }
    while (left > BLOCK_BYTES) {
      compress(input, position);
      position += BLOCK_BYTES;
      left -= BLOCK_BYTES;
    }
    System.arraycopy(input, position, block, held, left);
    held += left;
    return this;
  }

  /** Adds {@code part}. */
  public Blake2b update(Slice part) {
    return update(part.array(), part.offset(), part.length());
  }

  /** Writes the digest into {@code target} from {@code offset} and starts over. */
  public void finish(byte[] target, int offset) {
    Arrays.fill(block, held, BLOCK_BYTES, (byte) 0);
    compression.compress(h, block, 0, byteCount + held, true);
    for (int i = 0; i < digestBytes; i++) {
      target[offset + i] = (byte) (h[i / Long.BYTES] >>> (i % Long.BYTES * Byte.SIZE));
    }
    System.arraycopy(initial, 0, h, 0, h.length);
    startOver();
  }

  /** The digest of a 32 byte hash; starts over. */
  public Fixed32 finish32() {
    byte[] result = new byte[digestBytes];
    finish(result, 0);
    return Fixed32.of(result);
  }

  private void compress(byte[] input, int offset) {
    byteCount += BLOCK_BYTES;
    compression.compress(h, input, offset, byteCount, false);
  }

  /** A key is the first block, filled up with zeros. */
  private void startOver() {
    byteCount = 0;
    held = 0;
    if (key.length > 0) {
      Arrays.fill(block, (byte) 0);
      System.arraycopy(key, 0, block, 0, key.length);
      held = BLOCK_BYTES;
    }
  }

  private Blake2b updateAll(Slice[] parts) {
    for (Slice part : parts) {
      update(part);
    }
    return this;
  }
}
