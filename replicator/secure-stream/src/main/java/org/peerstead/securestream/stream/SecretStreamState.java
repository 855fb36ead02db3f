package org.peerstead.securestream.stream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.peerstead.securestream.crypto.HChaCha20;

/**
 * One direction of libsodium's {@code crypto_secretstream_xchacha20poly1305}, without associated
 * data.
 *
 * <pre>
 * k, inonce = HChaCha20(key, header[0..16)), header[16..24); counter = 1
 * nonce     = counter (u32) | inonce (8)
 * block 0   of the ChaCha20 key stream: 32 bytes Poly1305 key
 * block 1   encrypts (tag, 63 zero bytes); byte 0 is sent, all 64 enter the MAC
 * block 2.. encrypts the message
 * MAC over  tag block | ciphertext | (n mod 16) zero bytes | u64 0 | u64 (64 + n)
 * then      inonce ^= MAC[0..8), counter += 1, new key when the counter wraps or the tag asks
 * </pre>
 *
 * The padding of n mod 16 bytes, where one would expect the way up to a multiple of 16, is part of
 * libsodium's format.
 *
 * <p>One initialisation of the JDK's cipher serves all blocks of a message: it refuses a second one
 * with the same nonce, and its intrinsic makes it the fastest choice. Not thread-safe.
 */
final class SecretStreamState {
  static final int KEY_BYTES = 32;
  static final int HEADER_BYTES = 24;
  static final int MAC_BYTES = 16;

  /** Tag bit that asks for a new key after the message. */
  static final int TAG_REKEY = 2;

  private static final int BLOCK = 64;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Cipher cipher;
  private final Poly1305 poly1305 = new Poly1305();

  /** Blocks 0 and 1: zeros and the tag before encryption, key stream and tag block after it. */
  private final byte[] head = new byte[2 * BLOCK];

  /** Up to 15 bytes of padding, then the two lengths. */
  private final byte[] tail = new byte[32];

  private final byte[] macKey = new byte[32];
  private final byte[] mac = new byte[MAC_BYTES];
  private final byte[] key;
  private final byte[] nonce = new byte[12];
  private SecretKeySpec keySpec;

  SecretStreamState(byte[] streamKey, byte[] header, int headerOffset) {
    if (streamKey.length != KEY_BYTES) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + streamKey.length);
    }
    key = HChaCha20.derive(streamKey, header, headerOffset);
    keySpec = new SecretKeySpec(key, "ChaCha20");
    INT.set(nonce, 0, 1);
    System.arraycopy(header, headerOffset + 16, nonce, 4, 8);
    try {
      cipher = Cipher.getInstance("ChaCha20");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no ChaCha20", e);
    }
  }

  /** Counts as libsodium does; for the vectors of the counter wrap. */
  void setCounter(int counter) {
    INT.set(nonce, 0, counter);
  }

  /** k | counter | inonce | 8 zero bytes: libsodium's state structure. */
  byte[] snapshot() {
    byte[] state = Arrays.copyOf(key, KEY_BYTES + nonce.length + 8);
    System.arraycopy(nonce, 0, state, KEY_BYTES, nonce.length);
    return state;
  }

  /**
   * Encrypts {@code length} bytes into {@code target}: tag byte, ciphertext, MAC; 17 more bytes.
   * Source and target may be the same array only if the target starts one byte before the source.
   */
  void push(byte[] source, int offset, int length, int tag, byte[] target, int targetOffset) {
    try {
      begin(tag);
      target[targetOffset] = head[BLOCK];
      cipher.update(source, offset, length, target, targetOffset + 1);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20 failed", e);
    }
    computeMac(target, targetOffset + 1, length);
    System.arraycopy(mac, 0, target, targetOffset + 1 + length, MAC_BYTES);
    advance(tag);
  }

  /**
   * Checks and decrypts a message of {@code length} bytes in place: the plain bytes are those after
   * the first, {@code length} - 17 in number. On failure nothing has changed.
   *
   * @return the tag, or -1 when the message was not authentic
   */
  int pull(byte[] message, int offset, int length) {
    int plainBytes = length - MAC_BYTES - 1;
    int tag;
    try {
      begin(0);
      tag = (message[offset] ^ head[BLOCK]) & 0xff;
      head[BLOCK] = message[offset];
      computeMac(message, offset + 1, plainBytes);
      int difference = 0;
      for (int i = 0; i < MAC_BYTES; i++) {
        difference |= mac[i] ^ message[offset + 1 + plainBytes + i];
      }
      if (difference != 0) {
        return -1;
      }
      cipher.update(message, offset + 1, plainBytes, message, offset + 1);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20 failed", e);
    }
    advance(tag);
    return tag;
  }

  /** Overwrites the key. */
  void wipe() {
    Arrays.fill(key, (byte) 0);
    Arrays.fill(head, (byte) 0);
  }

  /** Leaves key stream block 0 and the encrypted tag block in {@code head}. */
  private void begin(int tag) throws GeneralSecurityException {
    initCipher();
    Arrays.fill(head, (byte) 0);
    head[BLOCK] = (byte) tag;
    cipher.update(head, 0, head.length, head, 0);
  }

  private void initCipher() throws GeneralSecurityException {
    cipher.init(Cipher.ENCRYPT_MODE, keySpec, new ChaCha20ParameterSpec(nonce, 0));
  }

  private void computeMac(byte[] ciphertext, int offset, int length) {
    System.arraycopy(head, 0, macKey, 0, macKey.length);
    poly1305.init(new KeyParameter(macKey));
    poly1305.update(head, BLOCK, BLOCK);
    poly1305.update(ciphertext, offset, length);
    int padding = length & 15;
    Arrays.fill(tail, (byte) 0);
    LONG.set(tail, padding + 8, (long) BLOCK + length);
    poly1305.update(tail, 0, padding + 16);
    poly1305.doFinal(mac, 0);
  }

  private void advance(int tag) {
    for (int i = 0; i < 8; i++) {
      nonce[4 + i] ^= mac[i];
    }
    int counter = (int) INT.get(nonce, 0) + 1;
    INT.set(nonce, 0, counter);
    if (counter == 0 || (tag & TAG_REKEY) != 0) {
      rekey();
    }
  }

  private void rekey() {
    byte[] fresh = new byte[KEY_BYTES + 8];
    System.arraycopy(key, 0, fresh, 0, KEY_BYTES);
    System.arraycopy(nonce, 4, fresh, KEY_BYTES, 8);
    try {
      initCipher();
      cipher.update(fresh, 0, fresh.length, fresh, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20 failed", e);
    }
    System.arraycopy(fresh, 0, key, 0, KEY_BYTES);
    System.arraycopy(fresh, KEY_BYTES, nonce, 4, 8);
    Arrays.fill(fresh, (byte) 0);
    INT.set(nonce, 0, 1);
    keySpec = new SecretKeySpec(key, "ChaCha20");
  }
}
