package org.peerstead.merge;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.peerstead.merge.store.DocumentStore;
import org.peerstead.merge.store.StorageException;

/**
 * Ready when the store answers. A store that refuses writes still serves reads: it stays ready and
 * says why.
 */
@Readiness
@ApplicationScoped
public class DocumentStoreHealth implements HealthCheck {
  private final DocumentStore store;
  private final Documents documents;

  /** Checks {@code store}. */
  @Inject
  public DocumentStoreHealth(DocumentStore store, Documents documents) {
    this.store = store;
    this.documents = documents;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("document store");
    try {
      store.probe();
    } catch (StorageException e) {
      return response.down().withData("error", String.valueOf(e.getMessage())).build();
    }
    response.up().withData("documents", documents.capacity().documents());
    Optional<String> refusal = documents.refusesWrites();
    refusal.ifPresent(reason -> response.withData("refusesWrites", reason));
    return response.build();
  }
}
