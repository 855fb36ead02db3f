package org.peerstead.hypercore.encryption;

import org.bouncycastle.crypto.engines.XSalsa20Engine;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Encrypts and decrypts the blocks of one core.
 *
 * <pre>
 * block key     H(namespace 5 | core key | encryption key); compat: HK(core key; encryption key)
 * blinding key  H(block key)
 * stored block  padding (8) | ciphertext
 * padding       u64 fork XOR XSalsa20(blinding key, nonce u64 index | 16 zero bytes)
 * ciphertext    plain XOR XSalsa20(block key, nonce u64 index | padding | 8 zero bytes)
 * </pre>
 *
 * <p>There is no MAC: the signed tree authenticates. The padding makes the key stream of a block
 * that is written again after a truncation a different one. Immutable and thread-safe.
 */
public final class BlockEncryption {
  /** Bytes by which a stored block is longer. */
  public static final int PADDING_BYTES = 8;

  /** Size of every key in bytes. */
  public static final int KEY_BYTES = 32;

  private static final Fixed32 BLOCK_NAMESPACE = Namespaces.of("hypercore", 6).get(5);
  private static final int NONCE_BYTES = 24;

  private final byte[] blockKey;
  private final byte[] blindingKey;

  private BlockEncryption(Fixed32 blockKey) {
    this.blockKey = blockKey.toBytes();
    this.blindingKey = Blake2b.hash(blockKey.toSlice()).toBytes();
  }

  /**
   * For a core.
   *
   * @param encryptionKey {@value #KEY_BYTES} secret bytes that its readers share
   * @param isCompat whether the core's key is its signer's key
   */
  public static BlockEncryption of(Fixed32 coreKey, byte[] encryptionKey, boolean isCompat) {
    requireKey(encryptionKey);
    Slice secret = Slice.of(encryptionKey);
    return new BlockEncryption(
        isCompat
            ? Blake2b.keyedHash(coreKey.toSlice(), secret)
            : Blake2b.hash(BLOCK_NAMESPACE.toSlice(), coreKey.toSlice(), secret));
  }

  /**
   * With a key that is used as it is.
   *
   * @param blockKey {@value #KEY_BYTES} secret bytes
   */
  public static BlockEncryption ofBlockKey(byte[] blockKey) {
    requireKey(blockKey);
    return new BlockEncryption(Fixed32.of(blockKey));
  }

  /** The block as it is to be stored at {@code index} of {@code fork}. */
  public Slice encrypt(long index, long fork, Slice plain) {
    byte[] stored = new byte[PADDING_BYTES + plain.length()];
    putLong(fork, stored, 0);
    cipher(blindingKey, nonce(index, new byte[PADDING_BYTES], 0))
        .processBytes(stored, 0, PADDING_BYTES, stored, 0);
    cipher(blockKey, nonce(index, stored, 0))
        .processBytes(plain.array(), plain.offset(), plain.length(), stored, PADDING_BYTES);
    return Slice.of(stored);
  }

  /**
   * The plain bytes of a stored block.
   *
   * @throws IllegalArgumentException when it is shorter than {@value #PADDING_BYTES} bytes, so that
   *     nobody can have encrypted it
   */
  public Slice decrypt(long index, Slice stored) {
    if (stored.length() < PADDING_BYTES) {
      throw new IllegalArgumentException(
          "block " + index + " of " + stored.length() + " bytes is not encrypted");
    }
    byte[] plain = new byte[stored.length() - PADDING_BYTES];
    cipher(blockKey, nonce(index, stored.array(), stored.offset()))
        .processBytes(stored.array(), stored.offset() + PADDING_BYTES, plain.length, plain, 0);
    return Slice.of(plain);
  }

  private static XSalsa20Engine cipher(byte[] key, byte[] nonce) {
    XSalsa20Engine engine = new XSalsa20Engine();
    engine.init(true, new ParametersWithIV(new KeyParameter(key), nonce));
    return engine;
  }

  private static byte[] nonce(long index, byte[] padding, int offset) {
    byte[] nonce = new byte[NONCE_BYTES];
    putLong(index, nonce, 0);
    System.arraycopy(padding, offset, nonce, Long.BYTES, PADDING_BYTES);
    return nonce;
  }

  private static void putLong(long value, byte[] target, int offset) {
    for (int i = 0; i < Long.BYTES; i++) {
      target[offset + i] = (byte) (value >>> (i * Byte.SIZE));
    }
  }

  private static void requireKey(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + key.length);
    }
  }
}
