package org.peerstead.securestream.protomux;

/**
 * Limits of a {@link Protomux}. Beyond them the connection fails; npm knows none of them but the
 * pause.
 *
 * @param maxChannels channels of each side at a time, 1 to 1,048,576; default 65,536, because npm
 *     corestore opens one per core in a single batch
 * @param maxNameBytes protocol name and id of an open, each; default 4,096
 * @param maxBufferedBytes memory for opens that are not answered and what was sent behind them:
 *     their bytes and 512 for each; default 16 MiB
 * @param pauseBytes buffered data beyond which {@link Protomux#isReadingPaused} asks to stop
 *     reading; default 32 KiB as npm
 * @param maxBatchBytes a corked batch is sent when it is this large; default 8 MiB as npm
 */
public record ProtomuxConfig(
    int maxChannels, int maxNameBytes, int maxBufferedBytes, int pauseBytes, int maxBatchBytes) {
  /** The defaults. */
  public static final ProtomuxConfig DEFAULT =
      new ProtomuxConfig(65_536, 4_096, 16 << 20, 32_768, 8 << 20);

  /** Checks the bounds. */
  public ProtomuxConfig {
    if (maxChannels < 1
        || maxChannels > 1 << 20
        || maxNameBytes < 1
        || maxBufferedBytes < 1
        || pauseBytes < 0
        || maxBatchBytes < 1) {
      throw new IllegalArgumentException("limit outside its bounds");
    }
  }
}
