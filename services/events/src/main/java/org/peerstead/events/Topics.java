package org.peerstead.events;

/**
 * The topics of the bus. A broker's topic is {@link #distributedName}. A process attaches to a
 * topic through channels named by role: {@code <topic>-out} sends, {@code <topic>-<consumer>}
 * receives; the {@code topic} attribute of the channel joins them.
 */
public final class Topics {
  /** {@link SyncInbound}: gateway to crdt-merge. */
  public static final String SYNC_INBOUND = "sync-inbound";

  /** {@link SyncOutbound}: crdt-merge to gateway. */
  public static final String SYNC_OUTBOUND = "sync-outbound";

  /** {@link DocumentChanged}: crdt-merge to whoever follows documents. */
  public static final String DOCUMENT_CHANGED = "document-changed";

  /** {@link Ephemeral}: gateway to gateway. */
  public static final String EPHEMERAL = "ephemeral";

  /** {@link DocumentCommand}: gateway to crdt-merge. */
  public static final String DOCUMENT_COMMAND = "document-command";

  /** {@link DocumentCommandResult}: crdt-merge to gateway. */
  public static final String DOCUMENT_COMMAND_RESULT = "document-command-result";

  /** Largest sum of change bytes that {@link DocumentChanged} carries inline: 512 KiB. */
  public static final int MAX_INLINE_BYTES = 512 * 1024;

  private Topics() {}

  /** The name of {@code topic} at a broker. */
  public static String distributedName(String topic) {
    return "peerstead." + topic + ".v" + Event.VERSION;
  }
}
