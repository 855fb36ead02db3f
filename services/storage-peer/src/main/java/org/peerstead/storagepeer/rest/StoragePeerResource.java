package org.peerstead.storagepeer.rest;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.peerstead.storagepeer.StoragePeer;
import org.peerstead.storagepeer.StoragePeerService;

/** {@code /api/v1/storage-peer}. */
@Path("/api/v1/storage-peer")
@Blocking
@Tag(name = "cores")
public class StoragePeerResource {
  private final StoragePeerService service;
  private final java.nio.file.Path dataFolder;

  /** Shows {@code service}. */
  public StoragePeerResource(
      StoragePeerService service,
      @ConfigProperty(name = "peerstead.data") java.nio.file.Path dataFolder) {
    this.service = service;
    this.dataFolder = dataFolder;
  }

  /** How the service is. */
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "The device's key and address, and the state of the store of cores")
  public CoreViews.StatusJson status() {
    return CoreViews.StatusJson.of(peer().status());
  }

  /** Who is connected. */
  @GET
  @Path("/peers")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Connected peers")
  public CoreViews.PeersJson peers() {
    return new CoreViews.PeersJson(peer().peers().stream().map(CoreViews.PeerJson::of).toList());
  }

  /** Who announces itself nearby. */
  @GET
  @Path("/lan")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Nodes that announce themselves in the local network")
  public CoreViews.LanJson lan() {
    peer();
    return service.lan().map(CoreViews.LanJson::of).orElse(CoreViews.LanJson.OFF);
  }

  /** Makes a backup. */
  @POST
  @Path("/backups")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary =
          "Copy all cores consistently, while in use, to a new folder below backups in the data"
              + " folder; the key file is not in it")
  public Response backup() {
    // Colons are no part of file names everywhere.
    String name = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString().replace(':', '-');
    java.nio.file.Path folder = dataFolder.resolve("backups").resolve(name);
    Problems.guard(() -> {
      peer().backup(folder);
      return folder;
    });
    return Response.status(Response.Status.CREATED)
        .entity(new CoreViews.BackupJson(folder.toString()))
        .build();
  }

  private StoragePeer peer() {
    return service.peer().orElseThrow(() -> Problems.of(503, "This process does not keep cores."));
  }
}
