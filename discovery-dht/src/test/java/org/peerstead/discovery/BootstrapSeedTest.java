package org.peerstead.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.discovery.rpc.wire.NodeAddress;

class BootstrapSeedTest {
  @Test
  void parse_shouldTakeAddressesNamesAndBoth() {
    assertThat(BootstrapSeed.parse("192.0.2.1:49737"))
        .isEqualTo(new BootstrapSeed(NodeAddress.parse("192.0.2.1:49737"), null, 49_737));
    assertThat(BootstrapSeed.parse("seed.example.org:1"))
        .isEqualTo(new BootstrapSeed(null, "seed.example.org", 1));
    assertThat(BootstrapSeed.parse("88.99.3.86@node1.hyperdht.org:49737"))
        .isEqualTo(
            new BootstrapSeed(NodeAddress.parse("88.99.3.86:49737"), "node1.hyperdht.org", 49_737));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        ":1",
        "host:",
        "host:0",
        "host:65536",
        "host:x",
        "1.2.3:4",
        "1.2.3.4@:5",
        "x@host:5",
        "a b:5",
        "host:5@1.2.3.4"
      })
  void parse_shouldRefuseOtherTexts(String text) {
    assertThatThrownBy(() -> BootstrapSeed.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void addresses_shouldPutTheSuggestedOneFirst() {
    List<BootstrapSeed> seeds =
        List.of(BootstrapSeed.parse("192.0.2.1@a.example:7"), BootstrapSeed.parse("b.example:8"));
    int host = NodeAddress.parseHost("192.0.2.9");
    assertThat(DhtOwner.addresses(seeds, Map.of("a.example", List.of(host))))
        .containsExactly(NodeAddress.parse("192.0.2.1:7"), NodeAddress.parse("192.0.2.9:7"));
  }
}
