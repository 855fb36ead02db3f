package org.peerstead.dhtseed;

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
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtNodeConfig;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.StorageException;
import org.peerstead.discovery.store.rocksdb.RocksDhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStoreConfig;
import org.peerstead.events.HttpFace;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.KeyText;

/**
 * Opens key, store and port, runs the node on them, and closes all in order. In the folder {@code
 * peerstead.data}: {@code dht} holds what others stored and the nodes known, {@code dht-seed.key}
 * the secret. With {@code peerstead.dht-seed.enabled=false} nothing is opened.
 */
@Startup
@ApplicationScoped
public class DhtSeedService {
  private static final Logger LOG = Logger.getLogger(DhtSeedService.class);

  /** After the faces to the network, which observe the same event with smaller numbers. */
  private static final int STOP_PRIORITY = 3000;

  private final @Nullable DhtSeed running;

  /**
   * Starts.
   *
   * @throws ConfigurationException when the configuration cannot work, or the port is taken
   * @throws StorageException when key or store cannot be opened
   */
  @Inject
  public DhtSeedService(
      DhtSeedConfig config,
      @ConfigProperty(name = "peerstead.data") Path dataFolder,
      MeterRegistry registry,
      BusDhtOutbox outbox) {
    running = config.enabled() ? start(config, dataFolder, registry, outbox) : null;
  }

  private static DhtSeed start(
      DhtSeedConfig config, Path dataFolder, MeterRegistry registry, DhtOutbox outbox) {
    SeedPlan plan = plan(config);
    var warnings = new ArrayList<String>();
    if (plan.reach() != SeedPlan.Reach.MACHINE && !hasAddressForOthers()) {
      warnings.add(
          "this machine has no IPv4 address besides loopback: nobody can reach the node, and it"
              + " nobody");
    }
    DhtNodeConfig node = node(config, plan);
    var random = new SecureRandom();
    Path keyFile =
        config.keyFile().map(Path::of).orElseGet(() -> dataFolder.resolve("dht-seed.key"));
    KeyPair key = NodeKeyFile.open(keyFile, random::nextBytes);
    DhtStore store =
        RocksDhtStore.open(
            dataFolder.resolve("dht"),
            new RocksDhtStoreConfig(
                config.rocksdb().writeBuffer().asLongValue(),
                config.rocksdb().blockCache().asLongValue()));
    var strangers = new Strangers(plan.reach() == SeedPlan.Reach.EVERYBODY);
    DhtSeed seed = null;
    try {
      seed =
          new DhtSeed(
              plan,
              warnings,
              node,
              new DhtSeed.Ports(store, key, random::nextBytes, outbox, System::currentTimeMillis),
              new DhtSeedMetrics(registry, strangers),
              strangers,
              config.maxAnnouncements());
    } catch (IOException e) {
      throw new ConfigurationException(
          "the DHT node cannot listen: "
              + e.getMessage()
              + "; stop the other program, or choose another port with --dht-port",
          e);
    } finally {
      if (seed == null) {
        store.close();
      }
    }
    seed.warnings().forEach(warning -> LOG.warnf("DHT: %s", warning));
    if (config.port() != 0 && seed.boundAddress().getPort() != config.port()) {
      LOG.warnf(
          "DHT: UDP port %d is taken by another program, %d is used instead; apps that expect a seed"
              + " at the usual port do not find this one",
          config.port(), seed.boundAddress().getPort());
    }
    LOG.infof(
        "Node of the DHT on UDP %s:%d as %s%s",
        plan.bindHost(),
        seed.boundAddress().getPort(),
        KeyText.encode(seed.publicKey()),
        seed.seedText().map(text -> "; others use it with bootstrap: ['" + text + "']").orElse(""));
    return seed;
  }

  private static SeedPlan plan(DhtSeedConfig config) {
    try {
      return SeedPlan.of(
          config.mode(),
          config.host().filter(text -> !text.isBlank()),
          config.bindHost().filter(text -> !text.isBlank()),
          config.port(),
          config.publicPort(),
          config.bootstrap().orElse(List.of()),
          DhtSeedService::addresses);
    } catch (SeedPlan.UnusableException e) {
      throw new ConfigurationException(e.getMessage());
    }
  }

  private static DhtNodeConfig node(DhtSeedConfig config, SeedPlan plan) {
    PortRange ports =
        config.anyPort() && config.port() != 0
            ? new PortRange(config.port(), config.port(), true)
            : PortRange.only(config.port());
    try {
      DhtNodeConfig node =
          switch (plan.mode()) {
            case SEED ->
                DhtNodeConfig.seed(
                    Objects.requireNonNull(plan.publicAddress()), ports, plan.bootstrap());
            case ADAPTIVE -> DhtNodeConfig.participant(plan.bootstrap()).withServerPorts(ports);
            case CLIENT -> DhtNodeConfig.client(plan.bootstrap()).withServerPorts(ports);
          };
      return node.boundTo(plan.bindHost())
          .withRecords(config.limits().toRecordLimits())
          .withCallTimeout(config.requestTimeout());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("peerstead.dht-seed: " + e.getMessage());
    }
  }

  private static List<Integer> addresses(String name) {
    try {
      return Arrays.stream(InetAddress.getAllByName(name))
          .filter(Inet4Address.class::isInstance)
          .map(address -> NodeAddress.parseHost(address.getHostAddress()))
          .distinct()
          .toList();
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  /** Whether there is an IPv4 address besides loopback. */
  private static boolean hasAddressForOthers() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(DhtSeedService::isUp)
          .flatMap(network -> network.getInterfaceAddresses().stream())
          .map(InterfaceAddress::getAddress)
          .anyMatch(address -> address instanceof Inet4Address && !address.isLoopbackAddress());
    } catch (SocketException e) {
      // Unknown is no reason to warn.
      return true;
    }
  }

  private static boolean isUp(NetworkInterface network) {
    try {
      return network.isUp();
    } catch (SocketException e) {
      return false;
    }
  }

  /** The running node; empty when this process has none. */
  public Optional<DhtSeed> seed() {
    return Optional.ofNullable(running);
  }

  /** What this service answers to over HTTP. */
  @Produces
  @Singleton
  public HttpFace face() {
    return running == null ? new HttpFace(List.of()) : new HttpFace(List.of("/api/v1/dht"));
  }

  void onShutdown(@Observes @Priority(STOP_PRIORITY) ShutdownEvent event) {
    stop();
  }

  /** Stops the node and closes the store. */
  @PreDestroy
  public void stop() {
    if (running != null) {
      running.close();
    }
  }
}
