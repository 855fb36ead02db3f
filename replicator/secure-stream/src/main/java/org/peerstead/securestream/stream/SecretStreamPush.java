package org.peerstead.securestream.stream;

import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Slice;

/**
 * The sending end of one direction of libsodium's secretstream. Every message becomes 17 bytes
 * longer. Not thread-safe.
 */
public final class SecretStreamPush {
  /** Size of a key in bytes. */
  public static final int KEY_BYTES = SecretStreamState.KEY_BYTES;

  /** Size of the header that the receiver needs first. */
  public static final int HEADER_BYTES = SecretStreamState.HEADER_BYTES;

  /** Bytes that a message is longer than its content: encrypted tag and MAC. */
  public static final int OVERHEAD_BYTES = 1 + SecretStreamState.MAC_BYTES;

  private final Slice header;
  private final SecretStreamState state;

  /**
   * Begins a stream with a fresh header.
   *
   * @param key 32 bytes
   */
  public SecretStreamPush(byte[] key, Entropy entropy) {
    byte[] fresh = entropy.next(HEADER_BYTES);
    header = Slice.of(fresh);
    state = new SecretStreamState(key, fresh, 0);
  }

  /** The 24 bytes that the receiver needs first; not secret. */
  public Slice header() {
    return header;
  }

  /**
   * Encrypts {@code plain} into {@code target} from {@code targetOffset}, where {@code
   * plain.length()} + 17 bytes are needed. The arrays must differ.
   */
  public void push(Slice plain, byte[] target, int targetOffset) {
    state.push(plain.array(), plain.offset(), plain.length(), 0, target, targetOffset);
  }

  /** Overwrites the key; the stream is over. */
  public void wipe() {
    state.wipe();
  }

  SecretStreamState state() {
    return state;
  }
}
