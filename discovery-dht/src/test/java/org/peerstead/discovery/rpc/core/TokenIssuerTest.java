package org.peerstead.discovery.rpc.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;

/** How long tokens count, and for whom. */
final class TokenIssuerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final NodeAddress CLIENT = NodeAddress.parse("127.0.0.1:40001");

  private int drawn;
  private final Entropy entropy =
      target -> {
        Arrays.fill(target, (byte) (0xa0 + drawn));
        drawn++;
      };
  private final TokenIssuer tokens = new TokenIssuer(entropy, 0);

  @Test
  void issue_shouldBeWhatNpmIssues() {
    assertThat(tokens.issue(CLIENT, 0))
        .isEqualTo(
            Fixed32.fromHex("5c63c9e1e24cf35666772063d368971480160b8937e46db103ae79fe66066d21"));
  }

  @Test
  void accepts_shouldLookAtTheHostOnly() {
    Fixed32 token = tokens.issue(CLIENT, 0);

    assertThat(tokens.accepts(token, CLIENT.withPort(1), SECOND)).isTrue();
    assertThat(tokens.accepts(token, NodeAddress.parse("127.0.0.2:40001"), SECOND)).isFalse();
  }

  @Test
  void accepts_shouldForgetAfterTwoRotations() {
    Fixed32 early = tokens.issue(CLIENT, 0);
    Fixed32 late = tokens.issue(CLIENT, 7 * SECOND);

    assertThat(late).isEqualTo(early);
    assertThat(tokens.accepts(early, CLIENT, 14 * SECOND)).isTrue();
    assertThat(tokens.issue(CLIENT, 14 * SECOND)).isNotEqualTo(early);
    assertThat(tokens.accepts(early, CLIENT, 15 * SECOND)).isFalse();
  }

  @Test
  void accepts_shouldForgetEverythingAfterALongPause() {
    Fixed32 token = tokens.issue(CLIENT, 0);

    assertThat(tokens.accepts(token, CLIENT, 3_600 * SECOND)).isFalse();
    Fixed32 fresh = tokens.issue(CLIENT, 3_600 * SECOND);
    assertThat(tokens.accepts(fresh, CLIENT, 3_607 * SECOND)).isTrue();
  }

  @Test
  void issue_shouldGiveEveryHostItsOwnToken() {
    Map<Fixed32, NodeAddress> issued = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      NodeAddress host = new NodeAddress(i * 7_919, 1);
      issued.put(tokens.issue(host, 0), host);
      assertThat(tokens.issue(host, 0)).isEqualTo(tokens.issue(host.withPort(2), 0));
    }
    assertThat(issued).hasSize(10_000);
    issued.forEach((token, host) -> assertThat(tokens.accepts(token, host, 0)).isTrue());
  }
}
