package org.peerstead.gateway;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Configuration {@code peerstead.gateway.*}. Sizes take suffixes K, M, G (powers of 1024). */
@ConfigMapping(prefix = "peerstead.gateway")
public interface GatewayConfig {
  /** Whether this process serves sockets and the REST API. */
  @WithDefault("true")
  boolean enabled();

  /** What clients see as this server's peer id; made from its storage id when absent. */
  Optional<String> peerId();

  /** Largest WebSocket message and largest HTTP body. */
  @WithDefault("64M")
  MemorySize maxMessageSize();

  /** Sockets open at once; more are answered with HTTP 503. */
  @WithDefault("10000")
  int maxConnections();

  /** Documents one connection may use; more are answered with doc-unavailable. */
  @WithDefault("10000")
  int maxDocumentsPerConnection();

  /** Sustained messages per second of one connection; faster ones are read more slowly. */
  @WithDefault("10000")
  int maxMessagesPerSecond();

  /** Messages of one connection handed to crdt-merge and not yet taken; then reading pauses. */
  @WithDefault("64")
  int maxInFlightMessages();

  /** The same in bytes, over all connections. */
  @WithDefault("64M")
  MemorySize maxInFlightSize();

  /** Unsent bytes of one connection above which reading from it pauses. */
  @WithDefault("4M")
  MemorySize pauseQueueSize();

  /** Unsent bytes of one connection above which it is closed as a slow reader. */
  @WithDefault("128M")
  MemorySize maxQueueSize();

  /** How often each peer is pinged. */
  @WithDefault("5s")
  Duration pingInterval();

  /** Silence after which a connection is closed. */
  @WithDefault("15s")
  Duration idleTimeout();

  /** How long unsent bytes may wait without progress before the connection is closed. */
  @WithDefault("30s")
  Duration writeTimeout();

  /** How long a connection may stay without a join message. */
  @WithDefault("10s")
  Duration handshakeTimeout();

  /** How long a REST request waits for crdt-merge. */
  @WithDefault("60s")
  Duration commandTimeout();

  /**
   * Host names requests may be addressed to while access is open, besides localhost and addresses;
   * {@code *} allows every name. Stops web pages that point their own name at this machine.
   */
  Optional<List<String>> allowedHosts();

  /** Origins of web pages that may open a WebSocket; {@code *} allows all. */
  @WithDefault("*")
  List<String> websocketOrigins();

  /** Origins of other web pages that may use the REST API; none by default. */
  Optional<List<String>> apiOrigins();
}
