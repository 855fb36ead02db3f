package org.peerstead.dhtseed;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;
import org.peerstead.events.DhtActivity;
import org.peerstead.events.Event;
import org.peerstead.events.EventCodec;
import org.peerstead.events.PeerSeen;

/** Sends events to the bus; a permit per unsettled event bounds them. Thread-safe. */
@ApplicationScoped
public class BusDhtOutbox implements DhtOutbox {
  private static final Logger LOG = Logger.getLogger(BusDhtOutbox.class);

  /** Events on their way, over both channels. */
  private static final int MAX_UNSETTLED = 256;

  private final Emitter<byte[]> activity;
  private final Emitter<byte[]> peers;
  private final Semaphore permits = new Semaphore(MAX_UNSETTLED);

  /** Emitters of the channels this service sends to. */
  @Inject
  public BusDhtOutbox(
      @Channel("dht-activity-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> activity,
      @Channel("dht-peer-seen-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> peers) {
    this.activity = activity;
    this.peers = peers;
  }

  @Override
  public void send(DhtActivity event) {
    send(activity, event);
  }

  @Override
  public void send(PeerSeen event) {
    send(peers, event);
  }

  private void send(Emitter<byte[]> emitter, Event event) {
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
}
