package org.peerstead.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.peerstead.gateway.core.CloseReason;
import org.peerstead.gateway.wire.RepoMessage;

/** What the gateway counts; names start with {@code peerstead_gateway_}. Thread-safe. */
@ApplicationScoped
public class GatewayMetrics {
  private final MeterRegistry registry;
  private final Map<String, Counter> rejected = new ConcurrentHashMap<>();
  private final Map<String, Counter> framesIn = new ConcurrentHashMap<>();
  private final Map<String, Counter> framesOut = new ConcurrentHashMap<>();
  private final Map<CloseReason, Counter> closed = new ConcurrentHashMap<>();
  private final Counter bytesIn;
  private final Counter bytesOut;
  private final Counter opened;
  private final Counter ephemeralDuplicates;

  /** Counters in {@code registry}. */
  public GatewayMetrics(MeterRegistry registry) {
    this.registry = registry;
    bytesIn =
        Counter.builder("peerstead_gateway_frame_bytes")
            .description("Bytes of WebSocket messages")
            .tag("direction", "in")
            .register(registry);
    bytesOut =
        Counter.builder("peerstead_gateway_frame_bytes")
            .description("Bytes of WebSocket messages")
            .tag("direction", "out")
            .register(registry);
    opened =
        Counter.builder("peerstead_gateway_connections_opened")
            .description("WebSocket connections accepted")
            .register(registry);
    ephemeralDuplicates =
        Counter.builder("peerstead_gateway_ephemeral_duplicates")
            .description("Ephemeral messages seen before; clients echo each one, so this is normal")
            .register(registry);
  }

  /** Registers a value that is read on demand. */
  public void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder("peerstead_gateway_" + name, value).description(description).register(registry);
  }

  /** A connection was accepted. */
  public void opened() {
    opened.increment();
  }

  /** This server ended a connection. */
  public void closed(CloseReason reason) {
    closed
        .computeIfAbsent(
            reason,
            key ->
                Counter.builder("peerstead_gateway_connections_ended")
                    .description("WebSocket connections this server ended")
                    .tag("reason", key.name().toLowerCase(Locale.ROOT))
                    .register(registry))
        .increment();
  }

  /** Input was not taken. */
  public void rejected(String reason) {
    rejected
        .computeIfAbsent(
            reason,
            key ->
                Counter.builder("peerstead_gateway_rejected")
                    .description("Requests and messages not taken")
                    .tag("reason", key)
                    .register(registry))
        .increment();
  }

  /** An ephemeral message came again. */
  public void ephemeralDuplicate() {
    ephemeralDuplicates.increment();
  }

  /** A message came. */
  public void received(RepoMessage message, int bytes) {
    count(framesIn, "in", message);
    bytesIn.increment(bytes);
  }

  /** A message was handed to the network. */
  public void sent(RepoMessage message, int bytes) {
    count(framesOut, "out", message);
    bytesOut.increment(bytes);
  }

  private void count(Map<String, Counter> counters, String direction, RepoMessage message) {
    counters
        .computeIfAbsent(
            typeOf(message),
            type ->
                Counter.builder("peerstead_gateway_frames")
                    .description("WebSocket messages by type")
                    .tag("direction", direction)
                    .tag("type", type)
                    .register(registry))
        .increment();
  }

  private static String typeOf(RepoMessage message) {
    return switch (message) {
      case RepoMessage.Join unused -> "join";
      case RepoMessage.Peer unused -> "peer";
      case RepoMessage.Error unused -> "error";
      case RepoMessage.Leave unused -> "leave";
      case RepoMessage.Request unused -> "request";
      case RepoMessage.Sync unused -> "sync";
      case RepoMessage.DocUnavailable unused -> "doc-unavailable";
      case RepoMessage.Ephemeral unused -> "ephemeral";
      case RepoMessage.RemoteSubscriptionChange unused -> "remote-subscription-change";
      case RepoMessage.RemoteHeadsChanged unused -> "remote-heads-changed";
    };
  }
}
