package org.peerstead.gateway.socket;

import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.peerstead.gateway.GatewayConfig;
import org.peerstead.gateway.access.RequestFilter;

/**
 * Where sockets are accepted. A bean of its own, because routes are made before the bus channels,
 * which {@link SyncServer} needs, exist.
 */
@ApplicationScoped
public class SyncRoutes {
  private final GatewayConfig config;
  private final SyncServer server;

  /** Routes to {@code server}, which is made with the first request or the start event. */
  public SyncRoutes(GatewayConfig config, SyncServer server) {
    this.config = config;
    this.server = server;
  }

  void register(@Observes Router router) {
    if (!config.enabled()) {
      return;
    }
    router.get("/sync").handler(context -> server.accept(context));
    router
        .get("/")
        .handler(context -> {
          if (RequestFilter.isWebSocketUpgrade(context.request())) {
            server.accept(context);
          } else {
            context.next();
          }
        });
  }
}
