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

  /** {@link CoreAppended}: storage-peer to whoever follows logs. */
  public static final String CORE_APPENDED = "core-appended";

  /** {@link CoreTruncated}: storage-peer to whoever follows logs. */
  public static final String CORE_TRUNCATED = "core-truncated";

  /** {@link FollowCommand}: to storage-peer. */
  public static final String FOLLOW_COMMAND = "follow-command";

  /** {@link FollowStatus}: storage-peer to the operator's view. */
  public static final String FOLLOW_STATUS = "follow-status";

  /** {@link AppendCommand}: to storage-peer. */
  public static final String APPEND_COMMAND = "append-command";

  /** {@link PeerSeen}: to the operator's view. */
  public static final String PEER_SEEN = "peer-seen";

  /** {@link DhtActivity}: to the operator's view. */
  public static final String DHT_ACTIVITY = "dht-activity";

  /** {@link RelaySession}: to the operator's view. */
  public static final String RELAY_SESSION = "relay-session";

  /** Largest sum of changes or blocks that an event carries inline: 512 KiB. */
  public static final int MAX_INLINE_BYTES = 512 * 1024;

  private Topics() {}

  /** The name of {@code topic} at a broker. */
  public static String distributedName(String topic) {
    return "peerstead." + topic + ".v" + Event.VERSION;
  }
}
