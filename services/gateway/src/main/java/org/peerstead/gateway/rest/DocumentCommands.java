package org.peerstead.gateway.rest;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentCommandResult;
import org.peerstead.events.DocumentCommandResult.Outcome;
import org.peerstead.events.DocumentId;
import org.peerstead.events.EventCodec;
import org.peerstead.events.MalformedEventException;
import org.peerstead.gateway.GatewayConfig;
import org.peerstead.gateway.socket.SyncServer;

/** Sends commands to the owner of a document and waits for what became of them. Thread-safe. */
@ApplicationScoped
public class DocumentCommands {
  private static final Logger LOG = Logger.getLogger(DocumentCommands.class);

  private final Map<String, CompletableFuture<DocumentCommandResult>> pending =
      new ConcurrentHashMap<>();
  private final GatewayConfig config;
  private final SyncServer server;
  private final Emitter<byte[]> commands;

  /** Commands over the bus. */
  public DocumentCommands(
      GatewayConfig config,
      SyncServer server,
      @Channel("document-command-out") @OnOverflow(OnOverflow.Strategy.BUFFER)
          Emitter<byte[]> commands) {
    this.config = config;
    this.server = server;
    this.commands = commands;
  }

  /**
   * Sends a command; blocks until it was carried out, refused, or {@code command-timeout} passed.
   *
   * @param principal on whose behalf
   */
  public DocumentCommandResult run(
      String principal, DocumentId document, DocumentCommand.Action action) {
    String requestId = UUID.randomUUID().toString();
    var answer = new CompletableFuture<DocumentCommandResult>();
    pending.put(requestId, answer);
    try {
      commands.send(
          EventCodec.encode(
              new DocumentCommand(server.gatewayId(), requestId, principal, document, action)));
      return answer.get(config.commandTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return failed(requestId, document, "no answer from crdt-merge in time");
    } catch (ExecutionException | IllegalStateException e) {
      return failed(requestId, document, "the bus is overloaded; try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(requestId, document, "the server is stopping");
    } finally {
      pending.remove(requestId);
    }
  }

  private DocumentCommandResult failed(String requestId, DocumentId document, String detail) {
    return new DocumentCommandResult(
        server.gatewayId(), requestId, document, Outcome.FAILED, List.of(), detail);
  }

  @Incoming("document-command-result-gateway")
  CompletionStage<Void> onResult(byte[] bytes) {
    try {
      DocumentCommandResult result = EventCodec.decode(bytes, DocumentCommandResult.class);
      CompletableFuture<DocumentCommandResult> waiting = pending.get(result.requestId());
      if (waiting != null) {
        waiting.complete(result);
      }
    } catch (MalformedEventException e) {
      LOG.warnf("Skipped a command result that cannot be read: %s", e.getMessage());
    }
    return CompletableFuture.completedFuture(null);
  }
}
