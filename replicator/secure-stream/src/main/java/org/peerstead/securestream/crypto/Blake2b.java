package org.peerstead.securestream.crypto;

import org.bouncycastle.crypto.digests.Blake2bDigest;
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

  private final Blake2bDigest digest;

  private Blake2b(byte[] key, int digestBytes) {
    digest = new Blake2bDigest(key.length == 0 ? null : key, digestBytes, null, null);
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
    digest.update(input, offset, length);
    return this;
  }

  /** Adds {@code part}. */
  public Blake2b update(Slice part) {
    return update(part.array(), part.offset(), part.length());
  }

  /** Writes the digest into {@code target} from {@code offset} and starts over. */
  public void finish(byte[] target, int offset) {
    digest.doFinal(target, offset);
  }

  /** The digest of a 32 byte hash; starts over. */
  public Fixed32 finish32() {
    byte[] result = new byte[digest.getDigestSize()];
    digest.doFinal(result, 0);
    return Fixed32.of(result);
  }

  private Blake2b updateAll(Slice[] parts) {
    for (Slice part : parts) {
      update(part);
    }
    return this;
  }
}
