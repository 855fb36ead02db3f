package org.peerstead.securestream.stream;

/**
 * Limits and times of a {@link SecretStream}.
 *
 * @param maxFrameBytes largest content of a frame that is accepted, 56 to 16,777,215; the default
 *     is the largest, because hypercore blocks may have 15 MiB
 * @param maxPendingBytes bytes waiting to be transmitted beyond which {@link SecretStream#send}
 *     refuses; default 16 MiB
 * @param keepAliveNanos send an empty message when nothing was sent for so long, and swallow empty
 *     messages; 0 = never, default 5 s as hypercore and hyperdht have it
 * @param timeoutNanos fail when nothing arrived for so long; 0 = never, default 30 s. Differs from
 *     secret-stream 6.9.2, which has no limit: a dead peer over TCP would be kept for hours. It
 *     needs a peer with keep-alive.
 */
public record SecretStreamConfig(
    int maxFrameBytes, int maxPendingBytes, long keepAliveNanos, long timeoutNanos) {
  /** The defaults. */
  public static final SecretStreamConfig DEFAULT =
      new SecretStreamConfig(
          FrameAssembler.MAX_CONTENT_BYTES, 1 << 24, 5_000_000_000L, 30_000_000_000L);

  /** Checks the bounds. */
  public SecretStreamConfig {
    if (maxFrameBytes < SecretStream.HEADER_FRAME_BYTES
        || maxFrameBytes > FrameAssembler.MAX_CONTENT_BYTES) {
      throw new IllegalArgumentException("maxFrameBytes " + maxFrameBytes + " outside 56-16777215");
    }
    if (maxPendingBytes < 1 || keepAliveNanos < 0 || timeoutNanos < 0) {
      throw new IllegalArgumentException("negative limit");
    }
  }
}
