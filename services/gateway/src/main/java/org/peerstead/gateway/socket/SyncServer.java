package org.peerstead.gateway.socket;

import io.netty.handler.codec.DecoderException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.DocumentReader;
import org.peerstead.events.Ephemeral;
import org.peerstead.events.EventCodec;
import org.peerstead.events.MalformedEventException;
import org.peerstead.events.SyncOutbound;
import org.peerstead.gateway.GatewayConfig;
import org.peerstead.gateway.GatewayMetrics;
import org.peerstead.gateway.access.RequestFilter;
import org.peerstead.gateway.core.CloseReason;
import org.peerstead.gateway.core.Limits;
import org.peerstead.gateway.core.Output;
import org.peerstead.gateway.core.Rejection;
import org.peerstead.gateway.core.SyncHub;
import org.peerstead.gateway.wire.MalformedFrameException;

/**
 * Drives a {@link SyncHub}: accepts WebSockets at {@code /sync} and at {@code /}, where most
 * automerge-repo apps look for their server, and joins them with the bus.
 *
 * <p>The hub is guarded by one lock, held only while it decides; encoding, writing and publishing
 * happen outside of it, on each socket's event loop.
 */
@ApplicationScoped
public class SyncServer {
  private static final Logger LOG = Logger.getLogger(SyncServer.class);
  private static final long TICK_MILLIS = 250;

  /** How often revoked tokens are looked for. */
  private static final int TICKS_PER_ACCESS_CHECK = 8;

  private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);

  private final GatewayConfig config;
  private final GatewayMetrics metrics;
  private final RequestFilter access;
  private final Vertx vertx;
  private final Instance<DocumentReader> reader;
  private final Emitter<byte[]> syncInbound;
  private final Emitter<byte[]> ephemeral;
  private final String gatewayId = UUID.randomUUID().toString();
  private final Map<String, SyncSocket> sockets = new ConcurrentHashMap<>();
  private final Object lock = new Object();

  /** Guarded by {@link #lock}; absent before the start and after the stop. */
  private @Nullable SyncHub hub;

  private long timer = -1;
  private int ticks;

  /** Waits for the start event. */
  public SyncServer(
      GatewayConfig config,
      GatewayMetrics metrics,
      RequestFilter access,
      Vertx vertx,
      Instance<DocumentReader> reader,
      @Channel("sync-inbound-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> syncInbound,
      @Channel("ephemeral-out") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
          Emitter<byte[]> ephemeral) {
    this.config = config;
    this.metrics = metrics;
    this.access = access;
    this.vertx = vertx;
    this.reader = reader;
    this.syncInbound = syncInbound;
    this.ephemeral = ephemeral;
  }

  /** The clock of the hub. */
  static long now() {
    return System.nanoTime();
  }

  /** Names this process on the bus. */
  public String gatewayId() {
    return gatewayId;
  }

  /** Number of open connections. */
  public int connections() {
    return read(SyncHub::sessionCount).intValue();
  }

  GatewayMetrics metrics() {
    return metrics;
  }

  /** After the owner of the documents has opened its store, which knows the storage id. */
  void start(@Observes @Priority(Interceptor.Priority.APPLICATION + 500) StartupEvent event) {
    if (!config.enabled()) {
      return;
    }
    String known = reader.isResolvable() ? reader.get().status().storageId() : "";
    String storageId = known.isEmpty() ? null : known;
    String peerId =
        config
            .peerId()
            .orElseGet(() ->
                "peerstead-"
                    + (storageId == null ? gatewayId : storageId)
                        .replace("-", "")
                        .substring(0, 12));
    SyncHub created = new SyncHub(gatewayId, peerId, storageId, limits());
    synchronized (lock) {
      hub = created;
    }
    metrics.gauge("connections", "Open WebSocket connections", () -> read(SyncHub::sessionCount));
    metrics.gauge(
        "open_documents", "Documents in use by connections", () -> read(SyncHub::documentCount));
    metrics.gauge(
        "queued_bytes", "Bytes waiting to be sent to clients", () -> read(SyncHub::queuedBytes));
    metrics.gauge(
        "in_flight_bytes",
        "Bytes handed to crdt-merge and not yet taken",
        () -> read(SyncHub::inFlightBytes));
    timer = vertx.setPeriodic(TICK_MILLIS, unused -> tick());
  }

  private Limits limits() {
    return new Limits(
        config.maxConnections(),
        config.maxDocumentsPerConnection(),
        Limits.DEFAULT_MAX_SUBSCRIPTIONS,
        config.maxMessagesPerSecond(),
        config.maxInFlightMessages(),
        config.maxInFlightSize().asLongValue(),
        config.pauseQueueSize().asLongValue(),
        config.maxQueueSize().asLongValue(),
        config.pingInterval(),
        config.idleTimeout(),
        config.writeTimeout(),
        config.handshakeTimeout());
  }

  private Number read(Function<SyncHub, Number> value) {
    synchronized (lock) {
      return hub == null ? 0 : value.apply(hub);
    }
  }

  private void tick() {
    input(current -> current.tick(now()));
    if (++ticks % TICKS_PER_ACCESS_CHECK == 0) {
      vertx.executeBlocking(
          () -> {
            endUnwelcomeSessions();
            return null;
          },
          false);
    }
  }

  private void endUnwelcomeSessions() {
    Map<String, Boolean> welcome = new ConcurrentHashMap<>();
    input(current ->
        current.closeAll(
            principal -> !welcome.computeIfAbsent(principal, access::isStillWelcome),
            CloseReason.ACCESS_REVOKED));
  }

  /** Tells every client that this server goes, and waits a moment for them to hear it. */
  void stop(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE + 10) ShutdownEvent event) {
    if (timer >= 0) {
      vertx.cancelTimer(timer);
    }
    input(current -> current.closeAll(principal -> true, CloseReason.GOING_AWAY));
    synchronized (lock) {
      hub = null;
    }
    long deadline = now() + CLOSE_GRACE.toNanos();
    while (!sockets.isEmpty() && now() < deadline) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** Makes a request a session; requests that are no upgrade are told what this address is. */
  void accept(RoutingContext context) {
    if (!RequestFilter.isWebSocketUpgrade(context.request())) {
      context
          .response()
          .setStatusCode(426)
          .putHeader("Upgrade", "websocket")
          .putHeader("Content-Type", "text/plain; charset=utf-8")
          .end("This address speaks automerge-repo's WebSocket protocol.\n");
      return;
    }
    String principal = RequestFilter.principalOf(context);
    Optional<String> sessionId;
    synchronized (lock) {
      sessionId = hub == null ? Optional.empty() : hub.open(now(), principal);
    }
    if (sessionId.isEmpty()) {
      metrics.rejected("too_many_connections");
      context.response().setStatusCode(503).putHeader("Retry-After", "5").end();
      return;
    }
    String id = sessionId.get();
    context
        .request()
        .toWebSocket()
        .onSuccess(webSocket -> {
          Context loop = vertx.getOrCreateContext();
          var socket =
              new SyncSocket(
                  id, webSocket, vertx, loop, this, (int) config.maxMessageSize().asLongValue());
          sockets.put(id, socket);
          metrics.opened();
          socket.start();
          SessionLog.log(id, "", "", "opened for " + principal);
        })
        .onFailure(failure -> {
          metrics.rejected("failed_upgrade");
          input(current -> current.closed(id));
        });
  }

  /** One input to the hub, then everything it wants done. Any thread. */
  void input(Consumer<SyncHub> action) {
    Set<SyncSocket> touched = new LinkedHashSet<>();
    synchronized (lock) {
      SyncHub current = hub;
      if (current == null) {
        return;
      }
      action.accept(current);
      for (Output output = current.poll(); output != null; output = current.poll()) {
        if (output instanceof Output.Rejected rejected) {
          if (rejected.rejection() == Rejection.EPHEMERAL_SEEN) {
            metrics.ephemeralDuplicate();
          } else {
            metrics.rejected(rejected.rejection().tag());
            SessionLog.log(
                rejected.sessionId(),
                rejected.peerId(),
                rejected.document(),
                "not taken: " + rejected.rejection().tag());
          }
          continue;
        }
        SyncSocket socket = sockets.get(output.sessionId());
        if (socket != null) {
          socket.offer(output);
          touched.add(socket);
        }
      }
    }
    touched.forEach(SyncSocket::drain);
  }

  void malformed(String sessionId, MalformedFrameException defect) {
    metrics.rejected(defect.reason().name().toLowerCase(Locale.ROOT));
    input(current -> {
      SessionLog.log(sessionId, current.peerIdOf(sessionId), "", defect.detail());
      current.malformed(now(), sessionId, defect);
    });
  }

  void socketFailed(String sessionId, Throwable failure) {
    // Resets are how many clients leave; frames above the hard limit end here as well, after Netty
    // has answered them with close code 1009.
    if (failure instanceof DecoderException) {
      metrics.rejected("websocket_violation");
    }
    SessionLog.log(sessionId, "", "", String.valueOf(failure.getMessage()));
  }

  void ending(String sessionId, CloseReason reason) {
    metrics.closed(reason);
    SessionLog.log(sessionId, "", "", "ended: " + reason.text());
  }

  void socketClosed(String sessionId) {
    input(current -> current.closed(sessionId));
    SyncSocket socket = sockets.remove(sessionId);
    if (socket != null) {
      socket.drain();
    }
  }

  /** Puts an event on the bus. */
  void publish(Output.Publish publish) {
    Emitter<byte[]> channel = publish.event() instanceof Ephemeral ? ephemeral : syncInbound;
    channel.send(
        Message.of(
            EventCodec.encode(publish.event()),
            () -> {
              taken(publish);
              return CompletableFuture.completedFuture(null);
            },
            failure -> {
              metrics.rejected("bus_failure");
              SessionLog.log(publish.sessionId(), "", "", "bus failure: " + failure.getMessage());
              taken(publish);
              return CompletableFuture.completedFuture(null);
            }));
  }

  private void taken(Output.Publish publish) {
    input(current -> current.taken(now(), publish.sessionId(), publish.bytes()));
  }

  /** What crdt-merge has for a session. */
  @Incoming("sync-outbound-gateway")
  CompletionStage<Void> onSyncOutbound(byte[] bytes) {
    try {
      SyncOutbound event = EventCodec.decode(bytes, SyncOutbound.class);
      if (event.gatewayId().equals(gatewayId)) {
        input(current -> current.deliver(now(), event));
      }
    } catch (MalformedEventException e) {
      poison("sync-outbound", e);
    }
    return CompletableFuture.completedFuture(null);
  }

  /** What clients of other gateways tell each other. */
  @Incoming("ephemeral-gateway")
  CompletionStage<Void> onEphemeral(byte[] bytes) {
    try {
      Ephemeral event = EventCodec.decode(bytes, Ephemeral.class);
      if (!event.gatewayId().equals(gatewayId)) {
        input(current -> current.deliver(now(), event));
      }
    } catch (MalformedEventException e) {
      poison("ephemeral", e);
    }
    return CompletableFuture.completedFuture(null);
  }

  private void poison(String topic, MalformedEventException e) {
    metrics.rejected("malformed_event");
    LOG.warnf("Skipped an event of %s that cannot be read: %s", topic, e.getMessage());
  }
}
