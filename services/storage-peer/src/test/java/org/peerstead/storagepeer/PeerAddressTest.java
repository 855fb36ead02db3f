package org.peerstead.storagepeer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.securestream.encoding.Fixed32;

class PeerAddressTest {
  private static final String KEY = "y".repeat(52);

  @Test
  void parse_shouldReadHostAndPort() {
    assertThat(PeerAddress.parse("peer.example:3282"))
        .contains(new PeerAddress(null, "peer.example", 3282));
    assertThat(PeerAddress.parse("[::1]:1")).contains(new PeerAddress(null, "::1", 1));
    assertThat(PeerAddress.parse(KEY + "@10.0.0.1:65535"))
        .contains(new PeerAddress(Fixed32.of(new byte[32]), "10.0.0.1", 65_535));
  }

  @ParameterizedTest
  @ValueSource(strings = {"peer.example:3282", "[::1]:1", "10.0.0.1:65535"})
  void toString_shouldBeReadAgain(String text) {
    assertThat(PeerAddress.parse(text).orElseThrow().toString()).isEqualTo(text);
    assertThat(PeerAddress.parse(KEY + "@" + text).orElseThrow().toString())
        .isEqualTo(KEY + "@" + text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "peer", ":1", "peer:", "peer:0", "peer:65536", "peer:x", "::1:1", "k@peer:1"})
  void parse_shouldRefuseWhatIsNoAddress(String text) {
    assertThat(PeerAddress.parse(text)).isEmpty();
  }
}
