package org.peerstead.benchmarks.dht;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.peerstead.discovery.DhtNode;
import org.peerstead.discovery.DhtNodeConfig;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;

/** The whole run against a node in this process: every kind of request is answered as expected. */
class DhtComparisonIT {
  @Test
  @EnabledOnOs(OS.LINUX)
  void measure_shouldGetEveryKindOfAnswer() throws Exception {
    DhtOptions options =
        DhtOptions.parse(
            new String[] {
              "--seconds", "1",
              "--warmup", "1",
              "--samples", "1",
              "--window", "16",
              "--records", "300",
              "--offered", "500"
            });
    DhtNodeConfig config =
        DhtNodeConfig.seed(NodeAddress.parse("127.0.0.1:0"), PortRange.ANY, List.of())
            .boundTo("127.0.0.1");
    Entropy entropy = new SecureRandom()::nextBytes;
    try (DhtNode node =
        DhtNode.start(
            config, DhtStore.NONE, KeyPair.generate(entropy), entropy, HyperdhtListener.NONE)) {
      node.ready().get(30, TimeUnit.SECONDS);
      String address = node.serverAddress().getPort() + ":" + ProcessHandle.current().pid();
      NodeFigures figures = NodeRun.measure(options, "peerstead", ServerProcess.attach(address));
      for (DhtWorkload workload : DhtWorkload.values()) {
        assertThat(figures.rate(workload).perSecond()).isPositive();
        assertThat(figures.rate(workload).lost()).isZero();
      }
      assertThat(figures.found()).isEqualTo(500);
      assertThat(DhtComparison.render(options, List.of(figures, figures)))
          .contains("| PING |", " 1.00 | >= 2.0 |", "| found of 500 records | 500 | 500 |");
    }
  }

  @Test
  void parse_shouldRefuseWhatMakesNoSense() {
    assertThatThrownBy(() -> DhtOptions.parse(new String[] {"--peers", "other"}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DhtOptions.parse(new String[] {"--window", "0"}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DhtOptions.parse(new String[] {"--unknown", "1"}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
