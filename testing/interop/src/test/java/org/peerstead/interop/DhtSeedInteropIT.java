package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.interop.NpmDht.Kind;
import org.peerstead.interop.NpmDht.Load;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The packaged node as the seed of a network of npm peers: it is restarted, killed and replaced.
 */
class DhtSeedInteropIT {
  private static final String PREFIX = "seed";
  private static final int TOPICS = 100;

  private @TempDir Path folder;
  private final List<PeersteadNode> seeds = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private final NpmDht npm = new NpmDht();

  @AfterEach
  void stop() {
    npm.close();
    seeds.forEach(PeersteadNode::close);
  }

  private static String address(int port) {
    return "127.0.0.1:" + port;
  }

  private String[] addresses() {
    return ports.stream().map(DhtSeedInteropIT::address).toArray(String[]::new);
  }

  private PeersteadNode startSeed(int number, String folderName) throws IOException {
    List<String> others = new ArrayList<>(List.of(addresses()));
    others.remove(number);
    return PeersteadNode.startDhtSeed(
        Files.createDirectory(folder.resolve(folderName)),
        ports.get(number),
        others.isEmpty()
            ? Map.of()
            : Map.of("peerstead.dht-seed.bootstrap", String.join(",", others)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "kill"})
  void restartedSeed_shouldStillHaveEveryRecord(String end) throws IOException {
    ports.add(ServerProcess.freeUdpPort());
    String address = address(ports.getFirst());
    PeersteadNode seed = startSeed(0, "seed");
    seeds.add(seed);
    npm.start("before", Kind.CLIENT, address);
    DhtClient before = npm.client("before");
    npm.announceMany("before", PREFIX, 0, TOPICS);
    String hash = before.immutablePut("aa".repeat(1000));
    String key = before.mutablePut("11".repeat(32), 7, "bb");
    npm.start("server", Kind.CLIENT, address);
    String server = npm.listen("server", "22".repeat(32), true);
    // npm's server announces itself again when it misses its relay; this one does not.
    KeyPair quietServer = KeyPair.fromSeed(new byte[KeyPair.SEED_BYTES]);
    announceServer(NodeAddress.parse(address), quietServer);

    if (end.equals("kill")) {
      seed.kill();
    } else {
      seed.stop();
    }
    seed.start();

    npm.start("after", Kind.CLIENT, address);
    DhtClient after = npm.client("after");
    assertThat(npm.missing("after", PREFIX, 0, TOPICS)).as("lost announcements").isEmpty();
    assertThat(after.immutableGet(hash)).isEqualTo("aa".repeat(1000));
    assertThat(after.mutableGet(key)).isEqualTo("bb");
    assertThat(after.isFound(quietServer.publicKey().toString())).isTrue();
    Awaitility.await("npm's server is found")
        .atMost(Duration.ofSeconds(30))
        .until(() -> after.isFound(server));
    npm.connect("after", server, 10_000, true, true);
  }

  private static void announceServer(NodeAddress seed, KeyPair keys) {
    try (RawDhtHost host = RawDhtHost.local(seed)) {
      Fixed32 target = Blake2b.hash(keys.publicKey().toSlice());
      assertThat(new DhtFlood(seed).announce(host, target, keys)).isTrue();
    }
  }

  @Test
  void restartedSeed_shouldKnowTheNodesFromBefore() throws IOException {
    ports.add(ServerProcess.freeUdpPort());
    String address = address(ports.getFirst());
    PeersteadNode seed = startSeed(0, "seed");
    seeds.add(seed);
    List<String> nodes =
        npm.start("node", Kind.NODE, 8, address).stream().map(NpmDht.View::address).toList();
    npm.start("before", Kind.CLIENT, address);
    assertThat(npm.findNode("before", "00".repeat(32))).containsAll(nodes);

    seed.stop();
    seed.start();

    npm.start("after", Kind.CLIENT, address);
    assertThat(npm.findNode("after", "00".repeat(32))).containsAll(nodes);
  }

  @Test
  void floodedSeed_shouldStayWithinItsMemoryAndServe() throws IOException {
    ports.add(ServerProcess.freeUdpPort());
    NodeAddress address = NodeAddress.parse(address(ports.getFirst()));
    PeersteadNode seed =
        PeersteadNode.startDhtSeed(
            Files.createDirectory(folder.resolve("seed")),
            ports.getFirst(),
            Map.of(
                "peerstead.dht-seed.limits.records", "50000",
                "peerstead.dht-seed.limits.records-per-network", "10000"),
            "-Xmx96m");
    seeds.add(seed);
    npm.start("announcer", Kind.CLIENT, address.toString());
    npm.start("reader", Kind.CLIENT, address.toString());
    npm.announceMany("announcer", PREFIX, 0, TOPICS);
    npm.startLoad("reader", PREFIX, TOPICS);
    long before = seed.residentMebibytes();

    DhtFlood flood = new DhtFlood(address);
    flood.fromForgedAddresses(100_000, false);
    int taken = flood.announce(100_000, null);

    assertThat(taken).isGreaterThan(50_000 - TOPICS);
    assertThat(seed.residentMebibytes() - before).as("growth in MiB").isLessThan(150);
    Load load = npm.stopLoad("reader");
    assertThat(load.lookups()).isGreaterThan(100);
    assertThat(load.failed()).as("%s", load).isZero();
    assertThat(npm.missing("reader", PREFIX, 0, TOPICS)).isEmpty();
  }

  /** Peers announce again from time to time, so a new empty seed has all records after a while. */
  @Test
  void seedsReplacedOneAfterTheOther_shouldFailNoLookup() throws IOException {
    for (int i = 0; i < 3; i++) {
      ports.add(ServerProcess.freeUdpPort());
    }
    for (int i = 0; i < 3; i++) {
      seeds.add(startSeed(i, "seed-" + i));
    }
    npm.start("announcer", Kind.CLIENT, addresses());
    npm.start("reader", Kind.CLIENT, addresses());
    npm.announceMany("announcer", PREFIX, 0, TOPICS);
    npm.startLoad("reader", PREFIX, TOPICS);
    awaitLookups(TOPICS);

    for (int i = 0; i < 3; i++) {
      seeds.get(i).kill();
      Load without = awaitLookups(8);
      assertThat(without.failed()).as("without seed %d: %s", i, without).isZero();
      seeds.set(i, startSeed(i, "replaced-" + i));
      Load with = awaitLookups(20);
      assertThat(with.failed()).as("with new seed %d: %s", i, with).isZero();
      npm.announceMany("announcer", PREFIX, 0, TOPICS);
    }

    Load end = npm.stopLoad("reader");
    assertThat(end.failed()).as("at the end: %s", end).isZero();
    npm.start("after", Kind.CLIENT, addresses());
    assertThat(npm.missing("after", PREFIX, 0, TOPICS)).isEmpty();
  }

  /** Lets the load go on for {@code count} lookups; what happened meanwhile. */
  private Load awaitLookups(int count) {
    Load[] sum = {new Load(0, 0, 0, 0, "")};
    Awaitility.await(count + " lookups")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          sum[0] = sum[0].plus(npm.load("reader"));
          return sum[0].lookups() >= count;
        });
    return sum[0];
  }
}
