package org.peerstead.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStoreConfig;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Kills a seed that is being announced to, again and again. Each time its successor must know every
 * announce that was confirmed, and none that was taken back.
 */
@Timeout(180)
class DhtNodeCrashTest {
  /** {@code -Dpeerstead.kills=NUMBER} replaces it. */
  private static final int KILLS = Math.min(Integer.getInteger("peerstead.kills", 6), 100);

  private static final int IN_FLIGHT = 8;
  private static final long MAX_LIFE_NANOS = 400_000_000;
  private static final Entropy ENTROPY = new SecureRandom()::nextBytes;

  @TempDir private Path folder;

  private final KeyPair peer = KeyPair.generate(ENTROPY);
  private final Set<Fixed32> announced = ConcurrentHashMap.newKeySet();
  private final Set<Fixed32> takenBack = ConcurrentHashMap.newKeySet();

  @Test
  void confirmedAnnounces_shouldSurviveEveryKill() throws Exception {
    Path library = ChildJvm.nativeLibrary(Files.createDirectory(folder.resolve("native")));
    String port = freePort();
    var random = new SplittableRandom(1);
    for (int kill = 0; kill <= KILLS; kill++) {
      Process seed = ChildJvm.start(library, Seed.class, folder.resolve("dht").toString(), port);
      try (BufferedReader output = seed.inputReader(StandardCharsets.UTF_8);
          DhtNode client = client(port)) {
        assertThat(output.readLine()).isEqualTo("ready");
        client.ready().get(30, TimeUnit.SECONDS);
        check(client);
        if (kill < KILLS) {
          for (int i = 0; i < IN_FLIGHT; i++) {
            announceOn(client);
          }
          LockSupport.parkNanos(random.nextLong(MAX_LIFE_NANOS));
        }
      } finally {
        // Through the handle: the process itself would close its output at once.
        seed.toHandle().destroyForcibly();
        seed.waitFor();
      }
    }
    assertThat(announced.size()).isGreaterThan(10 * KILLS);
    assertThat(takenBack).isNotEmpty();
  }

  private static String freePort() throws Exception {
    try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  private static DhtNode client(String port) throws Exception {
    return DhtNode.start(
        DhtNodeConfig.client(List.of("127.0.0.1:" + port)).boundTo("127.0.0.1"),
        DhtStore.NONE,
        KeyPair.generate(ENTROPY),
        ENTROPY,
        HyperdhtListener.NONE);
  }

  /** Announces one topic after the other until the seed is gone; some are taken back at once. */
  private void announceOn(DhtNode client) {
    Fixed32 topic = Fixed32.of(ENTROPY.next(32));
    boolean isTakenBack = topic.word(0) % 5 == 0;
    client
        .announce(topic, peer, List.of())
        .thenCompose(confirmed -> {
          if (!isTakenBack) {
            announced.add(topic);
            return CompletableFuture.completedFuture(confirmed);
          }
          return client
              .unannounce(topic, peer)
              .thenApply(removed -> {
                if (removed.query().committed() > 0) {
                  takenBack.add(topic);
                }
                return removed;
              });
        })
        .thenRun(() -> announceOn(client));
  }

  private void check(DhtNode client) throws Exception {
    for (Fixed32 topic : announced) {
      LookupResult found = client.lookup(topic).get(30, TimeUnit.SECONDS);
      assertThat(found.peers()).as("topic %s", topic).hasSize(1);
      assertThat(found.peers().getFirst().record().publicKey()).isEqualTo(peer.publicKey());
    }
    for (Fixed32 topic : takenBack) {
      assertThat(client.lookup(topic).get(30, TimeUnit.SECONDS).peers()).isEmpty();
    }
  }

  /** The process that is killed: directory and port. */
  static final class Seed {
    private Seed() {}

    public static void main(String[] arguments) throws Exception {
      // Neither is closed: this process does not end well.
      RocksDhtStore store = RocksDhtStore.open(Path.of(arguments[0]), RocksDhtStoreConfig.DEFAULT);
      int port = Integer.parseInt(arguments[1]);
      DhtNode node =
          DhtNode.start(
              DhtNodeConfig.seed(
                      NodeAddress.parse("127.0.0.1:" + port), PortRange.only(port), List.of())
                  .boundTo("127.0.0.1"),
              store,
              KeyPair.generate(ENTROPY),
              ENTROPY,
              HyperdhtListener.NONE);
      node.ready().get(30, TimeUnit.SECONDS);
      System.out.print("ready\n");
      System.out.flush();
      Thread.currentThread().join();
    }
  }
}
