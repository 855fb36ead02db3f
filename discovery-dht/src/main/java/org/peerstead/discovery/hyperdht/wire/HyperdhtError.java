package org.peerstead.discovery.hyperdht.wire;

/**
 * Error numbers above those of dht-rpc. The first four travel inside Noise and hole punch payloads
 * only, the last two as errors of responses.
 */
public final class HyperdhtError {
  /** No error. */
  public static final int NONE = 0;

  /** The peer gives up. */
  public static final int ABORTED = 1;

  /** The peer does not speak our version of the payload. */
  public static final int VERSION_MISMATCH = 2;

  /** The peer is busy with another hole punch. */
  public static final int TRY_LATER = 3;

  /** Another value with this sequence number is stored. */
  public static final int SEQ_REUSED = 16;

  /** A value with a greater sequence number is stored. */
  public static final int SEQ_TOO_LOW = 17;

  private HyperdhtError() {}
}
