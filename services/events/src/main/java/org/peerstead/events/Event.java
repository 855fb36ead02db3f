package org.peerstead.events;

/**
 * What travels on the bus: a command (its name ends in Command) or a fact in the past.
 *
 * <p>An event is a hint, never the only copy of anything: consumers must bear loss, repetition and
 * reordering. No event carries a secret.
 */
public sealed interface Event
    permits SyncInbound,
        SyncOutbound,
        DocumentChanged,
        Ephemeral,
        DocumentCommand,
        DocumentCommandResult,
        CoreAppended,
        CoreTruncated,
        FollowCommand,
        FollowStatus,
        AppendCommand,
        PeerSeen,
        DhtActivity,
        RelaySession {

  /** Version of every event layout described in {@code docs/protocols/events.md}. */
  int VERSION = 1;

  /** The logical channel, one of {@link Topics}. */
  String topic();

  /** Events with equal keys keep their order while one consumer owns the key. */
  String partitionKey();

  /** Equal for two deliveries of the same event, different for different events of the topic. */
  String idempotencyKey();
}
