package org.peerstead.merge;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
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

  private final MergeService service;

  /** Feeds the documents of {@code service}; drops everything when it has none. */
  @Inject
  public MergeBus(MergeService service) {
    this.service = service;
  }

  /** An event of a session. */
  @Incoming("sync-inbound-merge")
  @Acknowledgment(Acknowledgment.Strategy.MANUAL)
  public CompletionStage<Void> onSyncInbound(Message<byte[]> message) {
    Optional<Documents> documents = service.documents();
    if (documents.isEmpty()) {
      return message.ack();
    }
    try {
      documents
          .get()
          .receive(EventCodec.decode(message.getPayload(), SyncInbound.class), message::ack);
    } catch (MalformedEventException e) {
      return unreadable(documents.get(), message, e);
    }
    return CompletableFuture.completedFuture(null);
  }

  /** An administrative command. */
  @Incoming("document-command-merge")
  @Acknowledgment(Acknowledgment.Strategy.MANUAL)
  public CompletionStage<Void> onDocumentCommand(Message<byte[]> message) {
    Optional<Documents> documents = service.documents();
    if (documents.isEmpty()) {
      return message.ack();
    }
    try {
      documents
          .get()
          .execute(EventCodec.decode(message.getPayload(), DocumentCommand.class), message::ack);
    } catch (MalformedEventException e) {
      return unreadable(documents.get(), message, e);
    }
    return CompletableFuture.completedFuture(null);
  }

  private static CompletionStage<Void> unreadable(
      Documents documents, Message<byte[]> message, MalformedEventException e) {
    documents.metrics().rejected("event_" + e.reason());
    LOG.warnf("An event from the bus is unreadable and was skipped: %s", e.getMessage());
    return message.ack();
  }
}
