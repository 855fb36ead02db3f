package org.peerstead.gateway.rest;

import io.smallrye.common.annotation.Blocking;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.peerstead.events.DocumentReader;
import org.peerstead.gateway.access.AccessConfig;
import org.peerstead.gateway.socket.SyncServer;

/** {@code /api/v1/status}. */
@Path("/api/v1/status")
@Blocking
@Tag(name = "server")
public class StatusResource {
  private final Instance<DocumentReader> readers;
  private final SyncServer server;
  private final AccessConfig access;
  private final String version;
  private final Instant startedAt =
      Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());

  /** The state of this process. */
  public StatusResource(
      Instance<DocumentReader> readers,
      SyncServer server,
      AccessConfig access,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.readers = readers;
    this.server = server;
    this.access = access;
    this.version = version;
  }

  /** The state of this process. */
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Version, access mode, connections and the state of the store")
  public Views.StatusView status() {
    return new Views.StatusView(
        version,
        startedAt,
        access.mode().name().toLowerCase(Locale.ROOT),
        server.connections(),
        readers.isResolvable() ? Views.StoreView.of(readers.get().status()) : null);
  }
}
