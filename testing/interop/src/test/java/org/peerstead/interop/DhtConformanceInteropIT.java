package org.peerstead.interop;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Programs that check a DHT step by step, each step a test: our nodes are all there is in the
 * network besides the peers of the program. The same against npm's node shows that the programs ask
 * for nothing else than npm does.
 */
class DhtConformanceInteropIT {
  private static final String PROBE = "hyperdht-probe.mjs";
  private static final String OPERATIONS = "hyperdht-operations.mjs";
  private static final String CONNECTIONS = "hyperdht-connections.mjs";

  @TestFactory
  Stream<DynamicTest> npmNode() {
    try (NpmDht npm = new NpmDht()) {
      String seed = npm.startBootstrapper("seed", ServerProcess.freeUdpPort()).address();
      return DhtProgram.tests("npm: bytes,", PROBE, seed);
    }
  }

  @TestFactory
  Stream<DynamicTest> ourNodeAlone() {
    // Tokens are watched for 17 s while the other program runs.
    try (PeersteadDht probed = PeersteadDht.network(1);
        PeersteadDht used = PeersteadDht.network(1)) {
      CompletableFuture<List<DhtProgram.Step>> probe =
          CompletableFuture.supplyAsync(() -> DhtProgram.run(PROBE, probed.seed(), "--slow"));
      Stream<DynamicTest> operations = DhtProgram.tests("alone:", OPERATIONS, used.seed());
      return Stream.concat(DhtProgram.tests("bytes:", probe.join()), operations);
    }
  }

  @TestFactory
  Stream<DynamicTest> ourNodesOnly() {
    try (PeersteadDht network = PeersteadDht.network(8)) {
      return Stream.concat(
          DhtProgram.tests("8 nodes:", OPERATIONS, network.seed()),
          DhtProgram.tests("8 nodes:", CONNECTIONS, network.seed()));
    }
  }
}
