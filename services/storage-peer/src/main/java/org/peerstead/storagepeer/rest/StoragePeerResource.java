package org.peerstead.storagepeer.rest;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
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

  /** Shows {@code service}. */
  public StoragePeerResource(StoragePeerService service) {
    this.service = service;
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

  private StoragePeer peer() {
    return service.peer().orElseThrow(() -> Problems.of(503, "This process does not keep cores."));
  }
}
