package org.peerstead.dhtseed;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.peerstead.discovery.DhtStatus;

/**
 * Ready once the node has looked around. It stays ready when others cannot reach it, because
 * restarting or bypassing it would not help: the answer says so, and why, in words.
 */
@Readiness
@ApplicationScoped
public class DhtSeedHealth implements HealthCheck {
  private final DhtSeedService service;

  /** Checks {@code service}. */
  @Inject
  public DhtSeedHealth(DhtSeedService service) {
    this.service = service;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("dht seed");
    if (service.seed().isEmpty()) {
      return response.up().withData("enabled", false).build();
    }
    DhtSeed seed = service.seed().get();
    Reachability reachability = seed.reachability();
    Optional<DhtStatus> status = seed.lastStatus();
    boolean isReady = status.map(DhtStatus::isReady).orElse(false);
    response
        .status(isReady)
        .withData("reachable", reachability.verdict().name())
        .withData("reason", reachability.reason())
        .withData("nat", reachability.nat().words())
        .withData("warnings", seed.warnings().size());
    if (!isReady) {
      response.withData("error", "still looks around");
    }
    return response.build();
  }
}
