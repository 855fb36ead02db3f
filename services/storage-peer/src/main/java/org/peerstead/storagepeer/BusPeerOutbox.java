package org.peerstead.storagepeer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;
import org.peerstead.events.AppendCommand;
import org.peerstead.events.CoreAppended;
import org.peerstead.events.CoreTruncated;
import org.peerstead.events.DhtActivity;
import org.peerstead.events.DocumentChanged;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentCommandResult;
import org.peerstead.events.Ephemeral;
import org.peerstead.events.Event;
import org.peerstead.events.EventCodec;
import org.peerstead.events.FollowCommand;
import org.peerstead.events.FollowStatus;
import org.peerstead.events.PeerSeen;
import org.peerstead.events.RelaySession;
import org.peerstead.events.SyncInbound;
import org.peerstead.events.SyncOutbound;

/**
 * Sends events to the bus. The emitters have no bound of their own; a permit per unsettled event
 * bounds them, and what finds none is dropped: the senders must not wait. Thread-safe.
 */
@ApplicationScoped
public class BusPeerOutbox implements PeerOutbox {
  private static final Logger LOG = Logger.getLogger(BusPeerOutbox.class);

  /** Events on their way, over all channels. */
  private static final int MAX_UNSETTLED = 1024;

  private final Emitter<byte[]> appended;
  private final Emitter<byte[]> truncated;
  private final Emitter<byte[]> status;
  private final Emitter<byte[]> peers;
  private final Semaphore permits = new Semaphore(MAX_UNSETTLED);

  /** Emitters of the channels this service sends to. */
  @Inject
  public BusPeerOutbox(
      @Channel("core-appended-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> appended,
      @Channel("core-truncated-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> truncated,
      @Channel("follow-status-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> status,
      @Channel("peer-seen-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> peers) {
    this.appended = appended;
    this.truncated = truncated;
    this.status = status;
    this.peers = peers;
  }

  @Override
  public void send(Event event) {
    Emitter<byte[]> emitter =
        switch (event) {
          case CoreAppended ours -> appended;
          case CoreTruncated ours -> truncated;
          case FollowStatus ours -> status;
          case PeerSeen ours -> peers;
          case SyncInbound other -> throw notOurs(other);
          case SyncOutbound other -> throw notOurs(other);
          case DocumentChanged other -> throw notOurs(other);
          case Ephemeral other -> throw notOurs(other);
          case DocumentCommand other -> throw notOurs(other);
          case DocumentCommandResult other -> throw notOurs(other);
          case FollowCommand other -> throw notOurs(other);
          case AppendCommand other -> throw notOurs(other);
          case DhtActivity other -> throw notOurs(other);
          case RelaySession other -> throw notOurs(other);
        };
    if (!permits.tryAcquire()) {
      LOG.debugf("An event for %s found no room", event.topic());
      return;
    }
    try {
      emitter.send(
          Message.of(
              EventCodec.encode(event),
              () -> {
                permits.release();
                return CompletableFuture.completedFuture(null);
              },
              reason -> {
                permits.release();
                LOG.debugf("An event for %s was refused: %s", event.topic(), reason.getMessage());
                return CompletableFuture.completedFuture(null);
              }));
    } catch (IllegalStateException e) {
      // The channel has ended: the process is stopping.
      permits.release();
      LOG.debugf("An event for %s could not be sent: %s", event.topic(), e.getMessage());
    }
  }

  private static IllegalArgumentException notOurs(Event event) {
    return new IllegalArgumentException("Not sent by this service: " + event.topic());
  }
}
