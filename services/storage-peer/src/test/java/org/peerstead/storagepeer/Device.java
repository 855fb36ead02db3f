package org.peerstead.storagepeer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.peerstead.events.Event;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.storagepeer.follow.FollowLimits;
import org.peerstead.storagepeer.follow.FollowStore;
import org.peerstead.storagepeer.follow.InMemoryFollowStore;

/** A storage peer in memory that listens on a free port of loopback; sweeps only when told. */
final class Device implements AutoCloseable {
  final AtomicLong clockMillis = new AtomicLong(1_000_000);
  final ConcurrentLinkedQueue<Event> events = new ConcurrentLinkedQueue<>();
  final MeterRegistry registry = new SimpleMeterRegistry();
  final StoragePeer peer;

  Device(Path folder, FollowLimits limits, Set<Fixed32> allowedPeers) {
    this(folder, limits, allowedPeers, new InMemoryFollowStore());
  }

  Device(Path folder, FollowLimits limits, Set<Fixed32> allowedPeers, FollowStore follows) {
    this(folder, limits, allowedPeers, follows, StorageRequestRules.NOBODY);
  }

  Device(
      Path folder,
      FollowLimits limits,
      Set<Fixed32> allowedPeers,
      FollowStore follows,
      StorageRequestRules requests) {
    var random = new SecureRandom();
    peer =
        new StoragePeer(
            new StoragePeer.Ports(
                new InMemoryCoreStore(),
                folder,
                follows,
                KeyFile.open(
                    folder.resolve("keys-" + Integer.toHexString(random.nextInt())),
                    false,
                    random::nextBytes),
                random::nextBytes,
                clockMillis::incrementAndGet,
                events::add),
            new StoragePeerSettings(
                new InetSocketAddress("127.0.0.1", 0),
                List.of(),
                allowedPeers,
                requests,
                limits,
                0,
                Duration.ofHours(1),
                Duration.ofSeconds(20),
                HypercoresConfig.DEFAULT),
            new StoragePeerMetrics(registry));
    peer.listen();
  }

  PeerAddress address() {
    return PeerAddress.parse("127.0.0.1:" + peer.address().orElseThrow().getPort()).orElseThrow();
  }

  /** A core of this device with blocks of a size. */
  Fixed32 core(String name, int blocks, int blockBytes) throws RefusedException {
    Fixed32 key = peer.create(name, "ann").key();
    append(key, blocks, blockBytes);
    return key;
  }

  void append(Fixed32 key, int blocks, int blockBytes) throws RefusedException {
    var list = new ArrayList<Slice>();
    for (int i = 0; i < blocks; i++) {
      byte[] block = new byte[blockBytes];
      block[0] = (byte) i;
      list.add(Slice.of(block));
    }
    peer.append(key, list);
  }

  CoreView info(Fixed32 key) throws RefusedException {
    return peer.info(key).orElseThrow();
  }

  long stored(Fixed32 key) {
    peer.sweepNow();
    return peer.book().find(key).orElseThrow().storedBytes();
  }

  double counter(String name) {
    return registry.get(name).counter().count();
  }

  <E extends Event> List<E> events(Class<E> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Override
  public void close() {
    peer.close();
  }
}
