package org.peerstead.relaynode;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;
import org.peerstead.events.EventCodec;
import org.peerstead.events.RelaySession;

/** Sends events to the bus; a permit per unsettled event bounds them. Thread-safe. */
@ApplicationScoped
public class BusRelayOutbox implements RelayOutbox {
  private static final Logger LOG = Logger.getLogger(BusRelayOutbox.class);
  private static final int MAX_UNSETTLED = 256;

  private final Emitter<byte[]> sessions;
  private final Semaphore permits = new Semaphore(MAX_UNSETTLED);

  /** The emitter of the channel this service sends to. */
  @Inject
  public BusRelayOutbox(
      @Channel("relay-session-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> sessions) {
    this.sessions = sessions;
  }

  @Override
  public boolean send(RelaySession event) {
    if (!permits.tryAcquire()) {
      return false;
    }
    try {
      sessions.send(
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
      return true;
    } catch (IllegalStateException e) {
      // The channel has ended: the process is stopping.
      permits.release();
      LOG.debugf("An event for %s could not be sent: %s", event.topic(), e.getMessage());
      return false;
    }
  }
}
