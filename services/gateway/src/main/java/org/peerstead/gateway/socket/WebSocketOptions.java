package org.peerstead.gateway.socket;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.enterprise.context.ApplicationScoped;
import org.peerstead.gateway.GatewayConfig;

/** Fits the HTTP server to automerge-repo's frames: a whole message in one frame, of any size. */
@ApplicationScoped
public class WebSocketOptions implements HttpServerOptionsCustomizer {
  private final GatewayConfig config;

  /** Options for the configured limits. */
  public WebSocketOptions(GatewayConfig config) {
    this.config = config;
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    // Up to twice the limit a peer is told what was wrong in an error message; a longer frame is
    // refused by its header alone, with close code 1009, before its bytes cost memory.
    long hardLimit = Math.min(Integer.MAX_VALUE - 1024, 2 * config.maxMessageSize().asLongValue());
    options.setMaxWebSocketFrameSize((int) hardLimit);
    options.setMaxWebSocketMessageSize((int) hardLimit);
    // Sync messages are compressed inside; inflating strangers' frames would unbound memory.
    options.setPerMessageWebSocketCompressionSupported(false);
    options.setPerFrameWebSocketCompressionSupported(false);
  }
}
