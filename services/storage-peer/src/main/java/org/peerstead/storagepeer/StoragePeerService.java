package org.peerstead.storagepeer;

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
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.HttpFace;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.hypercore.net.NetworkConfig;
import org.peerstead.hypercore.replication.ReplicationConfig;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowStore;
import org.peerstead.storagepeer.lan.LanSettings;
import org.peerstead.storagepeer.lan.LocalNetwork;
import org.peerstead.storagepeer.store.rocksdb.RocksFollowStore;

/**
 * Opens keys and stores, runs the service on them, and closes all in order. In the folder {@code
 * peerstead.data}: {@code cores} holds the logs, {@code follows} which are kept, {@code
 * storage-peer.keys} the secrets. With {@code peerstead.storage-peer.enabled=false} nothing is
 * opened.
 */
@Startup
@ApplicationScoped
public class StoragePeerService {
  private static final Logger LOG = Logger.getLogger(StoragePeerService.class);

  /** After the faces to the network, which observe the same event with smaller numbers. */
  private static final int STOP_PRIORITY = 3000;

  private final @Nullable StoragePeer running;
  private final @Nullable LocalNetwork lan;

  /** Starts; fails with a {@link org.peerstead.hypercore.store.StorageException}. */
  @Inject
  public StoragePeerService(
      StoragePeerConfig config,
      @ConfigProperty(name = "peerstead.data") Path dataFolder,
      MeterRegistry registry,
      BusPeerOutbox outbox) {
    running = config.enabled() ? start(config, dataFolder, registry, outbox) : null;
    lan = running == null ? null : lan(config, running, registry);
  }

  private static StoragePeer start(
      StoragePeerConfig config, Path dataFolder, MeterRegistry registry, PeerOutbox outbox) {
    StoragePeerSettings settings = settings(config);
    Path folder = dataFolder.resolve("cores");
    var metrics = new StoragePeerMetrics(registry);
    CoreStore store =
        RocksCoreStore.open(
            folder,
            new RocksCoreStoreConfig(
                config.rocksdb().blockCache().asLongValue(),
                config.rocksdb().writeBuffers().asLongValue(),
                config.rocksdb().maxOpenFiles()));
    FollowStore follows = null;
    StoragePeer peer = null;
    try {
      follows = RocksFollowStore.open(dataFolder.resolve("follows"));
      var random = new SecureRandom();
      Path keyFile =
          config.keyFile().map(Path::of).orElseGet(() -> dataFolder.resolve("storage-peer.keys"));
      KeyFile keys = KeyFile.open(keyFile, store.coreCount() > 0, random::nextBytes);
      peer =
          new StoragePeer(
              new StoragePeer.Ports(
                  store,
                  folder,
                  follows,
                  keys,
                  random::nextBytes,
                  System::currentTimeMillis,
                  outbox),
              settings,
              metrics);
      InetSocketAddress address = peer.listen();
      LOG.infof(
          "%d cores in %s; listening on %s as %s",
          store.coreCount(), folder, address, KeyText.encode(peer.deviceKey()));
      return peer;
    } catch (RuntimeException e) {
      if (peer != null) {
        peer.close();
      } else {
        if (follows != null) {
          follows.close();
        }
        store.close();
      }
      throw e;
    }
  }

  private static @Nullable LocalNetwork lan(
      StoragePeerConfig config, StoragePeer peer, MeterRegistry registry) {
    InetSocketAddress bound = peer.address().orElse(null);
    if (!config.lanDiscovery() || bound == null || bound.getAddress().isLoopbackAddress()) {
      return null;
    }
    Entropy entropy = new SecureRandom()::nextBytes;
    try {
      LocalNetwork network =
          LocalNetwork.start(
              new LanSettings(
                  Set.copyOf(config.lanInterfaces().orElse(List.of())),
                  config.lanDigest(),
                  config.lanRotation(),
                  config.lanMaxDials(),
                  config.lanDhtPort()),
              bound,
              peer.engine(),
              () -> topics(peer),
              entropy,
              System::currentTimeMillis,
              registry);
      LOG.infof("Announced in the local network as _peerstead._tcp, port %d", bound.getPort());
      return network;
    } catch (IOException e) {
      LOG.warnf("Nodes in the local network are not found: %s", e.getMessage());
      return null;
    }
  }

  private static Set<Fixed32> topics(StoragePeer peer) {
    var topics = new HashSet<Fixed32>();
    for (Fixed32 key : peer.book().keys(LocalNetwork.MAX_TOPICS)) {
      topics.add(Namespaces.discoveryKey(key));
    }
    return topics;
  }

  private static StoragePeerSettings settings(StoragePeerConfig config) {
    var peers = new ArrayList<PeerAddress>();
    for (String text : config.peers().orElse(List.of())) {
      peers.add(
          PeerAddress.parse(text)
              .orElseThrow(() ->
                  new ConfigurationException(
                      "peerstead.storage-peer.peers: "
                          + text
                          + " is neither host:port nor KEY@host:port")));
    }
    if (config.storageRequests() == StoragePeerConfig.StorageRequests.EVERYBODY
        && config.maxBytesPerOwner().isEmpty()) {
      LOG.warn(
          "Everybody may ask for cores to be kept, without a quota: set"
              + " peerstead.storage-peer.max-bytes-per-owner");
    }
    return new StoragePeerSettings(
        new InetSocketAddress(config.host(), config.port()),
        peers,
        keys("allowed-peers", config.allowedPeers()),
        new StorageRequestRules(
            config.storageRequests() == StoragePeerConfig.StorageRequests.EVERYBODY,
            keys("trusted-peers", config.trustedPeers()),
            config.maxRequestsPerMinute()),
        config.limits(),
        config.minFreeBytes().asLongValue(),
        config.sweepInterval(),
        config.requestTimeout(),
        engine(config));
  }

  private static HypercoresConfig engine(StoragePeerConfig config) {
    return HypercoresConfig.DEFAULT
        .withNetwork(
            NetworkConfig.DEFAULT
                .withConnections(config.maxConnections(), config.maxConnectionsPerAddress())
                .withTimeouts(
                    config.handshakeTimeout(),
                    config.idleTimeout(),
                    NetworkConfig.DEFAULT.slowReaderTimeout()))
        .withReplication(
            ReplicationConfig.DEFAULT.withWantBlocks(
                config.smallWants()
                    ? ReplicationConfig.SMALL_WANT_BLOCKS
                    : ReplicationConfig.DEFAULT_WANT_BLOCKS))
        .withMaxIdleCores(config.maxOpenIdleCores());
  }

  private static Set<Fixed32> keys(String property, Optional<List<String>> texts) {
    var keys = new HashSet<Fixed32>();
    for (String text : texts.orElse(List.of())) {
      try {
        keys.add(KeyText.parse(text));
      } catch (CryptoException e) {
        throw new ConfigurationException(
            "peerstead.storage-peer." + property + ": " + text + " is " + e.getMessage());
      }
    }
    return keys;
  }

  /** The running service; empty when this process does not keep cores. */
  public Optional<StoragePeer> peer() {
    return Optional.ofNullable(running);
  }

  /** The nodes nearby; empty when they are not looked for. */
  public Optional<LocalNetwork> lan() {
    return Optional.ofNullable(lan);
  }

  /** What this service answers to over HTTP. */
  @Produces
  @Singleton
  public HttpFace face() {
    return running == null
        ? new HttpFace(List.of())
        : new HttpFace(List.of("/api/v1/cores", "/api/v1/storage-peer"));
  }

  void onShutdown(@Observes @Priority(STOP_PRIORITY) ShutdownEvent event) {
    stop();
  }

  /** Finishes what is in hand and closes the stores. */
  @PreDestroy
  public void stop() {
    if (lan != null) {
      lan.close();
    }
    if (running != null) {
      running.close();
    }
  }
}
