package org.peerstead.relaynode;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.HttpFace;

/**
 * Reads the relay's files, starts it, and ends it in order. In the folder {@code relay} of {@code
 * peerstead.data}: {@code secret}, {@code users}, {@code nonce-secret}, {@code allow}, {@code
 * deny}. Without any credentials there is no relay: an open one is used for attacks within hours.
 */
@Startup
@ApplicationScoped
public class RelayService {
  private static final Logger LOG = Logger.getLogger(RelayService.class);

  /** After the faces to the network, which observe the same event with smaller numbers. */
  private static final int STOP_PRIORITY = 3000;

  private final @Nullable RelayNode running;
  private final String state;
  private final Duration drainDeadline;

  /**
   * Starts.
   *
   * @throws ConfigurationException when the configuration cannot work, a file cannot be read, or a
   *     port is taken
   */
  @Inject
  public RelayService(
      RelayConfig config,
      @ConfigProperty(name = "peerstead.data") Path dataFolder,
      MeterRegistry registry,
      BusRelayOutbox outbox) {
    drainDeadline = config.drain().deadline();
    var material = new RelayMaterial(RelayFiles.of(config, dataFolder), config);
    boolean hasCredentials = material.hasCredentials();
    if (config.enabled() == RelayConfig.Enabled.TRUE && !hasCredentials) {
      throw new ConfigurationException(
          "the relay has no credentials, and without any everybody could use it. "
              + howToMakeCredentials(dataFolder));
    }
    if (config.enabled() == RelayConfig.Enabled.FALSE) {
      running = null;
      state = "off";
    } else if (!hasCredentials) {
      running = null;
      state = "off: no credentials. " + howToMakeCredentials(dataFolder);
    } else {
      running = start(config, material, registry, outbox);
      state = "on";
    }
  }

  private static String howToMakeCredentials(Path dataFolder) {
    return "Make some with: peerstead relay credentials --user NAME --data "
        + dataFolder
        + " (time-limited), or: peerstead relay user add NAME --data "
        + dataFolder;
  }

  private static RelayNode start(
      RelayConfig config, RelayMaterial material, MeterRegistry registry, RelayOutbox outbox) {
    try {
      RelayPlan plan = RelayPlan.of(config);
      RelayNode node =
          new RelayNode(
              plan,
              material,
              material.nonceSecrets(new SecureRandom()),
              new RelayMetrics(registry),
              outbox,
              System::currentTimeMillis);
      node.warnings().forEach(warning -> LOG.warnf("Relay: %s", warning));
      LOG.infof("Relay on %s: %s", node.listeners(), node.iceServers().uris());
      return node;
    } catch (RelayPlan.UnusableException e) {
      throw new ConfigurationException(e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("peerstead.relay: " + e.getMessage());
    } catch (IOException e) {
      throw new ConfigurationException(
          "the relay cannot start: "
              + e.getMessage()
              + (e instanceof SocketException
                  ? "; stop the other program, or choose another port with --relay-port or another"
                      + " address with --relay-host"
                  : ""),
          e);
    }
  }

  /** The running relay; empty when this process has none. */
  public Optional<RelayNode> relay() {
    return Optional.ofNullable(running);
  }

  /** In one line: on, or off and why. */
  public String state() {
    return state;
  }

  /** How long {@link #drain} takes at most. */
  public Duration drainDeadline() {
    return drainDeadline;
  }

  /** What this service answers to over HTTP. */
  @Produces
  @Singleton
  public HttpFace face() {
    return running == null ? new HttpFace(List.of()) : new HttpFace(List.of("/api/v1/relay"));
  }

  /** Takes no new allocations, and waits for those that live until the deadline. */
  public void drain() {
    if (running == null) {
      return;
    }
    try {
      running.drain().get(drainDeadline.toMillis() + 1_000, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warnf("The relay could not be drained: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void onShutdown(@Observes @Priority(STOP_PRIORITY) ShutdownEvent event) {
    stop();
  }

  /** Ends what lives and stops. */
  @PreDestroy
  public void stop() {
    if (running != null) {
      running.close();
    }
  }
}
