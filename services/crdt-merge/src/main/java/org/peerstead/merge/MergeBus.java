package org.peerstead.merge;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.reactive.messaging.Acknowledgment;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.EventCodec;
import org.peerstead.events.MalformedEventException;
import org.peerstead.events.SyncInbound;

/**
 * The face of the service to the bus. A message is taken at once and acknowledged when its turn is
 * over, so documents work side by side and the bus's window bounds what waits. An event that cannot
 * be read is counted and acknowledged: another delivery would not make it better.
 */
@ApplicationScoped
public class MergeBus {
  private static final Logger LOG = Logger.getLogger(MergeBus.class);

  private final Documents documents;

  /** Feeds {@code documents}. */
  @Inject
  public MergeBus(Documents documents) {
    this.documents = documents;
  }

  /** An event of a session. */
  @Incoming("sync-inbound-merge")
  @Acknowledgment(Acknowledgment.Strategy.MANUAL)
  public CompletionStage<Void> onSyncInbound(Message<byte[]> message) {
    try {
      documents.receive(
          EventCodec.decode(message.getPayload(), SyncInbound.class), () -> message.ack());
    } catch (MalformedEventException e) {
      return unreadable(message, e);
    }
    return CompletableFuture.completedFuture(null);
  }

  /** An administrative command. */
  @Incoming("document-command-merge")
  @Acknowledgment(Acknowledgment.Strategy.MANUAL)
  public CompletionStage<Void> onDocumentCommand(Message<byte[]> message) {
    try {
      documents.execute(
          EventCodec.decode(message.getPayload(), DocumentCommand.class), () -> message.ack());
    } catch (MalformedEventException e) {
      return unreadable(message, e);
    }
    return CompletableFuture.completedFuture(null);
  }

  private CompletionStage<Void> unreadable(Message<byte[]> message, MalformedEventException e) {
    documents.metrics().rejected("event_" + e.reason());
    LOG.warnf("An event from the bus is unreadable and was skipped: %s", e.getMessage());
    return message.ack();
  }
}
