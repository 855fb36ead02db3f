package org.peerstead.securestream.stream;

import java.util.Arrays;
import java.util.List;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.crypto.SecretBox;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;
import org.peerstead.securestream.stream.StreamException.Reason;

/**
 * Datagrams beside an encrypted stream: {@code counter (8 bytes) | secretbox}, nonce = counter and
 * 16 zero bytes. They may be lost, repeated and reordered; nothing here notices repetition, as in
 * npm. Not thread-safe.
 */
public final class UnorderedMessages {
  /** Bytes that an envelope is longer than its content. */
  public static final int OVERHEAD_BYTES = 8 + SecretBox.MAC_BYTES;

  private static final int COUNTER_BYTES = 8;
  private static final int NAMESPACE_SEND = 2;

  private final byte[] sendKey;
  private final byte[] receiveKey;
  private final byte[] counter;

  /** For the connection of {@code session}; the counter starts anywhere. */
  public UnorderedMessages(NoiseSession session, Entropy entropy) {
    this(
        key(session.handshakeHash(), session.role()),
        key(session.handshakeHash(), session.role().other()),
        entropy.next(COUNTER_BYTES));
  }

  UnorderedMessages(byte[] sendKey, byte[] receiveKey, byte[] counter) {
    this.sendKey = sendKey;
    this.receiveKey = receiveKey;
    this.counter = counter;
  }

  /** The key of what {@code sender} sends on the connection with this handshake hash. */
  static byte[] key(Slice handshakeHash, Role sender) {
    List<Fixed32> namespaces = Namespaces.of(Namespaces.SECRET_STREAM, NAMESPACE_SEND + 1);
    return Blake2b.keyedHash(
            handshakeHash,
            namespaces.get(sender.ordinal()).toSlice(),
            namespaces.get(NAMESPACE_SEND).toSlice())
        .toBytes();
  }

  /** Encrypts {@code plain}; 24 bytes longer. */
  public byte[] seal(Slice plain) {
    for (int i = 0; i < COUNTER_BYTES && ++counter[i] == 0; i++) {
      // Carries into the next byte.
    }
    byte[] box = SecretBox.seal(sendKey, nonce(Slice.of(counter)), plain);
    byte[] envelope = Arrays.copyOf(counter, COUNTER_BYTES + box.length);
    System.arraycopy(box, 0, envelope, COUNTER_BYTES, box.length);
    return envelope;
  }

  /**
   * Decrypts {@code envelope}.
   *
   * @throws StreamException when it was not made for this connection; to be dropped, as UDP is open
   *     to everybody
   */
  public byte[] open(Slice envelope) throws StreamException {
    if (envelope.length() < OVERHEAD_BYTES) {
      throw new StreamException(
          Reason.BAD_LENGTH, "an envelope has at least 24 bytes, not " + envelope.length());
    }
    try {
      return SecretBox.open(
          receiveKey,
          nonce(envelope.range(0, COUNTER_BYTES)),
          envelope.range(COUNTER_BYTES, envelope.length()));
    } catch (CryptoException e) {
      throw new StreamException(Reason.AUTHENTICATION_FAILED, "envelope: " + e.getMessage());
    }
  }

  private static byte[] nonce(Slice counter) {
    byte[] nonce = new byte[SecretBox.NONCE_BYTES];
    counter.copyTo(nonce, 0);
    return nonce;
  }
}
