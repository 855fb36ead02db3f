package org.peerstead.securestream.stream;

import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.stream.StreamException.Reason;

/**
 * The receiving end of one direction of libsodium's secretstream. Not thread-safe.
 *
 * <p>Tags are honoured (a new key when the sender asks for one) and otherwise not reported; npm
 * only sends tag 0.
 */
public final class SecretStreamPull {
  private final SecretStreamState state;

  /**
   * Begins a stream.
   *
   * @param key 32 bytes
   * @param header the sender's 24 bytes
   */
  public SecretStreamPull(byte[] key, Slice header) {
    if (header.length() != SecretStreamPush.HEADER_BYTES) {
      throw new IllegalArgumentException("a header has 24 bytes, not " + header.length());
    }
    state = new SecretStreamState(key, header.array(), header.offset());
  }

  /**
   * Checks and decrypts one message where it lies: its array is changed.
   *
   * @return the plain bytes, part of the same array
   * @throws StreamException when it is not the next message of this stream; then neither array nor
   *     state have changed, but a stream that lost a message cannot go on
   */
  public Slice pullInPlace(Slice message) throws StreamException {
    if (message.length() < SecretStreamPush.OVERHEAD_BYTES) {
      throw new StreamException(
          Reason.BAD_LENGTH, "a message has at least 17 bytes, not " + message.length());
    }
    if (state.pull(message.array(), message.offset(), message.length()) < 0) {
      throw new StreamException(
          Reason.AUTHENTICATION_FAILED,
          "message of " + message.length() + " bytes does not match its MAC");
    }
    return message.range(1, message.length() - SecretStreamState.MAC_BYTES);
  }

  /** Overwrites the key; the stream is over. */
  public void wipe() {
    state.wipe();
  }

  SecretStreamState state() {
    return state;
  }
}
