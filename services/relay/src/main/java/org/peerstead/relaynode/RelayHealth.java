package org.peerstead.relaynode;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready while it listens and takes new allocations: not while it drains. */
@Readiness
@ApplicationScoped
public class RelayHealth implements HealthCheck {
  private final RelayService service;

  /** Checks {@code service}. */
  @Inject
  public RelayHealth(RelayService service) {
    this.service = service;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("relay");
    Optional<RelayNode> relay = service.relay();
    if (relay.isEmpty()) {
      return response.up().withData("enabled", false).withData("reason", service.state()).build();
    }
    RelayNode node = relay.get();
    boolean isDraining = node.isDraining();
    response
        .status(!isDraining)
        .withData("listens", String.join(", ", node.iceServers().uris()))
        .withData("allocations", node.allocations())
        .withData("warnings", node.warnings().size());
    node.certificateSeconds()
        .ifPresent(seconds -> response.withData("certificateSeconds", seconds));
    if (isDraining) {
      response.withData("error", "drains: new clients are refused or sent to another relay");
    }
    return response.build();
  }
}
