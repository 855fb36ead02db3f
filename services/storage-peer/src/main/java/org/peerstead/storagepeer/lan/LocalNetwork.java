package org.peerstead.storagepeer.lan;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jboss.logging.Logger;
import org.peerstead.discovery.mdns.LanConfig;
import org.peerstead.discovery.mdns.LanDiscovery;
import org.peerstead.discovery.mdns.LanListener;
import org.peerstead.discovery.mdns.LanPeer;
import org.peerstead.discovery.mdns.LanStatus;
import org.peerstead.discovery.mdns.core.DropReason;
import org.peerstead.discovery.mdns.core.LinkSettings;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.net.Peering;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * This node in its local networks, from {@link #start} to {@link #close}: it announces what it
 * keeps and stays connected to nodes that may keep the same. Thread-safe.
 */
public final class LocalNetwork implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(LocalNetwork.class);

  /** More topics than these make no difference to what is announced and tested. */
  public static final int MAX_TOPICS = LanConfig.MAX_TESTED_TOPICS + 1;

  private static final long DIAL_SECONDS = 1;
  private static final long TOPIC_SECONDS = 5;

  private final LanDials dials;
  private final LanDiscovery discovery;
  private final ScheduledExecutorService worker;

  private LocalNetwork(LanDials dials, LanDiscovery discovery, Supplier<Set<Fixed32>> topics) {
    this.dials = dials;
    this.discovery = discovery;
    this.worker =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("peerstead-lan-dials").daemon().factory());
    worker.scheduleWithFixedDelay(
        () -> guarded(() -> dials.advance(System.nanoTime())),
        DIAL_SECONDS,
        DIAL_SECONDS,
        TimeUnit.SECONDS);
    worker.scheduleWithFixedDelay(
        () -> guarded(() -> discovery.setTopics(topics.get())),
        TOPIC_SECONDS,
        TOPIC_SECONDS,
        TimeUnit.SECONDS);
  }

  /** A failed task would never be repeated. */
  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("Discovery in the local network failed and goes on", e);
    }
  }

  /**
   * Begins.
   *
   * @param bound where the engine listens; not a loopback address
   * @param topics discovery keys of what is kept, {@link #MAX_TOPICS} of them are enough; asked for
   *     again every few seconds
   * @param entropy thread-safe
   * @throws IOException when the operating system refuses
   */
  public static LocalNetwork start(
      LanSettings settings,
      InetSocketAddress bound,
      Hypercores engine,
      Supplier<Set<Fixed32>> topics,
      Entropy entropy,
      LongSupplier epochMillis,
      MeterRegistry registry)
      throws IOException {
    LanConfig usual = LanConfig.of(bound.getPort());
    LinkSettings link = usual.link();
    LanConfig config =
        usual
            .withLink(
                new LinkSettings(
                    link.tcpPort(),
                    settings.rotation(),
                    link.minUpdateInterval(),
                    settings.isDigestPublished(),
                    link.maxPeers(),
                    link.maxPeersPerAddress(),
                    link.maxDatagramsPerSecond()))
            .withDhtPort(settings.dhtPort())
            .withBoundAddress(bound.getAddress())
            .withInterfaces(settings.interfaces(), false);
    var dials =
        new LanDials(settings.maxDials(), new EngineDialler(engine), new SplittableRandom());
    var listener =
        new LanListener() {
          @Override
          public void found(LanPeer peer) {
            LOG.debugf("Found %s", peer);
            dials.found(peer, System.nanoTime());
          }

          @Override
          public void lost(LanPeer peer) {
            LOG.debugf("Lost %s", peer);
            dials.lost(peer, System.nanoTime());
          }
        };
    LanDiscovery discovery =
        LanDiscovery.start(config, topics.get(), listener, entropy, epochMillis);
    var network = new LocalNetwork(dials, discovery, topics);
    network.register(registry);
    return network;
  }

  /** Dials by the engine of replication. */
  private record EngineDialler(Hypercores engine) implements LanDials.Dialler {
    @Override
    public LanDials.Dial dial(InetSocketAddress address) {
      LOG.debugf("Dialling %s in the local network", address);
      Peering peering = engine.dial(address);
      return new LanDials.Dial() {
        @Override
        public boolean isConnected() {
          return peering.state() == Peering.State.CONNECTED;
        }

        @Override
        public long attempts() {
          return peering.attempts();
        }

        @Override
        public void close() {
          peering.close();
        }
      };
    }

    @Override
    public long connections(InetAddress host) {
      return engine.peers().stream()
          .filter(peer -> host.equals(peer.address().getAddress()))
          .count();
    }
  }

  private void register(MeterRegistry registry) {
    gauge(registry, "peerstead_lan_interfaces", "Network interfaces in use", LanStatus::links);
    gauge(registry, "peerstead_lan_nodes", "Nodes announced nearby", LanStatus::peers);
    Gauge.builder("peerstead_lan_dialled", dials, LanDials::dialled)
        .description("Nodes nearby that are dialled or connected")
        .register(registry);
    count(registry, "peerstead_lan_datagrams", "out", "Datagrams", LanStatus::sentDatagrams);
    count(registry, "peerstead_lan_datagrams", "in", "Datagrams", LanStatus::receivedDatagrams);
    count(registry, "peerstead_lan_bytes", "out", "Payload of datagrams", LanStatus::sentBytes);
    count(registry, "peerstead_lan_bytes", "in", "Payload of datagrams", LanStatus::receivedBytes);
    FunctionCounter.builder(
            "peerstead_lan_failed_sends", discovery, lan -> lan.status().failedSends())
        .description("Datagrams that a network did not take")
        .register(registry);
    for (DropReason reason : DropReason.values()) {
      FunctionCounter.builder(
              "peerstead_lan_dropped",
              discovery,
              lan -> lan.status().dropped().getOrDefault(reason, 0L))
          .description("Datagrams and announcements that were not believed")
          .tag("reason", reason.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToDoubleFunction<LanStatus> value) {
    Gauge.builder(name, discovery, lan -> value.applyAsDouble(lan.status()))
        .description(description)
        .register(registry);
  }

  private void count(
      MeterRegistry registry,
      String name,
      String direction,
      String description,
      ToDoubleFunction<LanStatus> value) {
    FunctionCounter.builder(name, discovery, lan -> value.applyAsDouble(lan.status()))
        .description(description)
        .tag("direction", direction)
        .register(registry);
  }

  /** The nodes that announce themselves nearby. */
  public List<LanPeer> nodes() {
    return discovery.peers();
  }

  /** Numbers since the start. */
  public LanStatus status() {
    return discovery.status();
  }

  /** Says goodbye; ends the connections that were made because of it. */
  @Override
  public void close() {
    worker.shutdownNow();
    discovery.close();
    dials.close();
  }
}
