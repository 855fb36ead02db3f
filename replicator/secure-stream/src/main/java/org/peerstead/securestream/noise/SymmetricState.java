package org.peerstead.securestream.noise;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException.Reason;

/**
 * The symmetric half of a handshake: Noise revision 34, sections 5.1 and 5.2, with BLAKE2b-512,
 * HMAC over it (RFC 2104, block of 128 bytes) and ChaCha20-Poly1305 (RFC 8439). Not thread-safe.
 */
final class SymmetricState {
  static final int MAC_BYTES = 16;

  private static final int HASH_BYTES = Blake2b.LONG_BYTES;
  private static final int BLOCK_BYTES = 128;
  private static final int KEY_BYTES = 32;

  private final byte[] hash = new byte[HASH_BYTES];
  private final byte[] chainingKey = new byte[HASH_BYTES];
  private byte @Nullable [] key;
  private long nonce;

  /** Begins with a protocol name of at most 64 bytes, padded with zeros. */
  SymmetricState(String protocolName) {
    byte[] name = protocolName.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, hash, 0, name.length);
    System.arraycopy(name, 0, chainingKey, 0, name.length);
  }

  boolean hasKey() {
    return key != null;
  }

  byte[] hash() {
    return hash.clone();
  }

  void mixHash(byte[] data, int offset, int length) {
    Blake2b.unkeyed(HASH_BYTES)
        .update(hash, 0, HASH_BYTES)
        .update(data, offset, length)
        .finish(hash, 0);
  }

  /** Takes a shared secret in and overwrites it. */
  void mixKey(byte[] secret) {
    byte[][] outputs = hkdf(secret);
    System.arraycopy(outputs[0], 0, chainingKey, 0, HASH_BYTES);
    key = Arrays.copyOf(outputs[1], KEY_BYTES);
    nonce = 0;
    Arrays.fill(secret, (byte) 0);
    wipe(outputs);
  }

  /** Encrypts and authenticates {@code plain}, or passes it on while there is no key. */
  byte[] encryptAndHash(Slice plain) {
    byte[] output;
    if (key == null) {
      output = plain.toByteArray();
    } else {
      ChaCha20Poly1305 cipher = cipher(true, key);
      output = new byte[plain.length() + MAC_BYTES];
      int written = cipher.processBytes(plain.array(), plain.offset(), plain.length(), output, 0);
      try {
        cipher.doFinal(output, written);
      } catch (InvalidCipherTextException e) {
        throw new IllegalStateException("encryption does not check a MAC", e);
      }
    }
    mixHash(output, 0, output.length);
    return output;
  }

  /** Reverses {@link #encryptAndHash}. */
  byte[] decryptAndHash(byte[] message, int offset, int length) throws NoiseException {
    byte[] plain;
    if (key == null) {
      plain = Arrays.copyOfRange(message, offset, offset + length);
    } else {
      ChaCha20Poly1305 cipher = cipher(false, key);
      plain = new byte[cipher.getOutputSize(length)];
      try {
        int written = cipher.processBytes(message, offset, length, plain, 0);
        cipher.doFinal(plain, written);
      } catch (InvalidCipherTextException e) {
        throw new NoiseException(
            Reason.AUTHENTICATION_FAILED, "field of " + length + " bytes does not decrypt");
      }
    }
    mixHash(message, offset, length);
    return plain;
  }

  /** The keys of both directions: initiator to responder, then back; 32 bytes each. */
  byte[][] split() {
    byte[][] outputs = hkdf(new byte[0]);
    byte[][] keys = {Arrays.copyOf(outputs[0], KEY_BYTES), Arrays.copyOf(outputs[1], KEY_BYTES)};
    wipe(outputs);
    return keys;
  }

  /** Forgets everything. */
  void wipe() {
    Arrays.fill(hash, (byte) 0);
    Arrays.fill(chainingKey, (byte) 0);
    if (key != null) {
      Arrays.fill(key, (byte) 0);
    }
    key = null;
  }

  private ChaCha20Poly1305 cipher(boolean isEncrypting, byte[] cipherKey) {
    byte[] iv = new byte[12];
    for (int i = 0; i < 8; i++) {
      iv[4 + i] = (byte) (nonce >>> (8 * i));
    }
    nonce++;
    ChaCha20Poly1305 cipher = new ChaCha20Poly1305();
    cipher.init(
        isEncrypting, new AEADParameters(new KeyParameter(cipherKey), 8 * MAC_BYTES, iv, hash));
    return cipher;
  }

  private byte[][] hkdf(byte[] input) {
    byte[] extracted = hmac(chainingKey, input, new byte[0]);
    byte[] first = hmac(extracted, new byte[] {1}, new byte[0]);
    byte[] second = hmac(extracted, first, new byte[] {2});
    Arrays.fill(extracted, (byte) 0);
    return new byte[][] {first, second};
  }

  private static byte[] hmac(byte[] hmacKey, byte[] first, byte[] second) {
    byte[] inner = new byte[BLOCK_BYTES];
    byte[] outer = new byte[BLOCK_BYTES];
    Arrays.fill(inner, (byte) 0x36);
    Arrays.fill(outer, (byte) 0x5c);
    for (int i = 0; i < hmacKey.length; i++) {
      inner[i] ^= hmacKey[i];
      outer[i] ^= hmacKey[i];
    }
    byte[] digest = new byte[HASH_BYTES];
    Blake2b blake = Blake2b.unkeyed(HASH_BYTES);
    blake
        .update(inner, 0, BLOCK_BYTES)
        .update(first, 0, first.length)
        .update(second, 0, second.length)
        .finish(digest, 0);
    blake.update(outer, 0, BLOCK_BYTES).update(digest, 0, HASH_BYTES).finish(digest, 0);
    return digest;
  }

  private static void wipe(byte[][] secrets) {
    for (byte[] secret : secrets) {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
