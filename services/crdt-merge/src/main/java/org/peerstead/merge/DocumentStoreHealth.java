package org.peerstead.merge;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.peerstead.merge.store.StorageException;

/**
 * Ready when the store answers. A store that refuses writes still serves reads: it stays ready and
 * says why.
 */
@Readiness
@ApplicationScoped
public class DocumentStoreHealth implements HealthCheck {
  private final MergeService service;

  /** Checks the store of {@code service}. */
  @Inject
  public DocumentStoreHealth(MergeService service) {
    this.service = service;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("document store");
    Optional<Documents> running = service.documents();
    if (running.isEmpty()) {
      return response.up().withData("enabled", false).build();
    }
    Documents documents = running.get();
    try {
      documents.store().probe();
    } catch (StorageException e) {
      return response.down().withData("error", String.valueOf(e.getMessage())).build();
    }
    response.up().withData("documents", documents.capacity().documents());
    Optional<String> refusal = documents.refusesWrites();
    refusal.ifPresent(reason -> response.withData("refusesWrites", reason));
    return response.build();
  }
}
