package org.peerstead.securestream.crypto;

import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * An Ed25519 key pair (RFC 8032), kept as its 32 byte seed. Libsodium's 64 byte secret key is the
 * seed followed by the public key. Signs, and is the private side of {@link PointAgreement}.
 *
 * <p>Immutable and thread-safe. {@link #toString} shows the public key only; equality is identity,
 * so that no comparison leaks the seed by its duration.
 */
public final class KeyPair {
  /** Size of a seed in bytes. */
  public static final int SEED_BYTES = 32;

  /** Size of a signature in bytes. */
  public static final int SIGNATURE_BYTES = 64;

  private final byte[] seed;
  private final Fixed32 publicKey;

  private KeyPair(byte[] seed) {
    this.seed = seed;
    byte[] encoded = new byte[Ed25519.PUBLIC_KEY_SIZE];
    Ed25519.generatePublicKey(seed, 0, encoded, 0);
    this.publicKey = Fixed32.of(encoded);
  }

  /**
   * The key pair of {@code seed}, which is copied.
   *
   * @throws IllegalArgumentException when it has not 32 bytes
   */
  public static KeyPair fromSeed(byte[] seed) {
    if (seed.length != SEED_BYTES) {
      throw new IllegalArgumentException("a seed has 32 bytes, not " + seed.length);
    }
    return new KeyPair(seed.clone());
  }

  /** A new key pair. */
  public static KeyPair generate(Entropy entropy) {
    return new KeyPair(entropy.next(SEED_BYTES));
  }

  /** The public key: a compressed point. */
  public Fixed32 publicKey() {
    return publicKey;
  }

  /** A copy of the seed. Whoever has it is the owner of the key. */
  public byte[] seed() {
    return seed.clone();
  }

  /** The deterministic signature of {@code message}: 64 bytes. */
  public byte[] sign(Slice message) {
    byte[] signature = new byte[SIGNATURE_BYTES];
    Ed25519.sign(
        seed,
        0,
        publicKey.toBytes(),
        0,
        message.array(),
        message.offset(),
        message.length(),
        signature,
        0);
    return signature;
  }

  /** For {@link PointAgreement}, which only reads it. */
  byte[] seedForAgreement() {
    return seed;
  }

  @Override
  public String toString() {
    return "KeyPair[" + publicKey + "]";
  }
}
