package org.peerstead.merge;

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
 * bounds them, and whoever finds none waits. Thread-safe.
 */
@ApplicationScoped
public class BusOutbox implements Outbox {
  private static final Logger LOG = Logger.getLogger(BusOutbox.class);

  /** Events on their way, over all channels. */
  private static final int MAX_UNSETTLED = 2048;

  private final Emitter<byte[]> syncOutbound;
  private final Emitter<byte[]> documentChanged;
  private final Emitter<byte[]> commandResult;
  private final Semaphore permits = new Semaphore(MAX_UNSETTLED);

  /** Emitters of the channels this service sends to. */
  @Inject
  public BusOutbox(
      @Channel("sync-outbound-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> syncOutbound,
      @Channel("document-changed-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> documentChanged,
      @Channel("document-command-result-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> commandResult) {
    this.syncOutbound = syncOutbound;
    this.documentChanged = documentChanged;
    this.commandResult = commandResult;
  }

  @Override
  public void send(Event event, Runnable onLost) {
    Emitter<byte[]> emitter =
        switch (event) {
          case SyncOutbound outbound -> syncOutbound;
          case DocumentChanged changed -> documentChanged;
          case DocumentCommandResult result -> commandResult;
          case SyncInbound other -> throw notOurs(other);
          case DocumentCommand other -> throw notOurs(other);
          case Ephemeral other -> throw notOurs(other);
          case CoreAppended other -> throw notOurs(other);
          case CoreTruncated other -> throw notOurs(other);
          case FollowCommand other -> throw notOurs(other);
          case FollowStatus other -> throw notOurs(other);
          case AppendCommand other -> throw notOurs(other);
          case PeerSeen other -> throw notOurs(other);
          case DhtActivity other -> throw notOurs(other);
          case RelaySession other -> throw notOurs(other);
        };
    byte[] payload = EventCodec.encode(event);
    permits.acquireUninterruptibly();
    try {
      emitter.send(
          Message.of(
              payload,
              () -> {
                permits.release();
                return CompletableFuture.completedFuture(null);
              },
              reason -> {
                permits.release();
                LOG.debugf("An event for %s was refused: %s", event.topic(), reason.getMessage());
                onLost.run();
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
