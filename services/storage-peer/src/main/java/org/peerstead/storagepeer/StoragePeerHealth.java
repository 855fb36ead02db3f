package org.peerstead.storagepeer;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.peerstead.hypercore.store.StorageException;

/**
 * Ready when the store answers and peers can connect. A full store still serves what it has: it
 * stays ready and says why it takes nothing.
 */
@Readiness
@ApplicationScoped
public class StoragePeerHealth implements HealthCheck {
  private final StoragePeerService service;

  /** Checks {@code service}. */
  @Inject
  public StoragePeerHealth(StoragePeerService service) {
    this.service = service;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("storage peer");
    Optional<StoragePeer> running = service.peer();
    if (running.isEmpty()) {
      return response.up().withData("enabled", false).build();
    }
    StoragePeer peer = running.get();
    try {
      peer.probe();
    } catch (StorageException e) {
      return response.down().withData("error", String.valueOf(e.getMessage())).build();
    }
    if (peer.address().isEmpty()) {
      return response.down().withData("error", "not listening for peers").build();
    }
    response.up().withData("cores", peer.status().storedCores());
    peer.status().refusesWrites().ifPresent(why -> response.withData("refusesWrites", why));
    return response.build();
  }
}
