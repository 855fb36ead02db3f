package org.peerstead.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.peerstead.relay.auth.NonceMint.Finding.FOREIGN;
import static org.peerstead.relay.auth.NonceMint.Finding.STALE;
import static org.peerstead.relay.auth.NonceMint.Finding.VALID;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.simulation.SeededCases;

class NonceMintTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final byte[] NEW = new byte[16];
  private static final byte[] OLD = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  private static final TransportAddress CLIENT =
      new TransportAddress(IpAddress.parse("2001:db8::1"), 4_000);
  private static final String COOKIE = NonceMint.cookie(true, true);

  private final NonceMint mint = new NonceMint(List.of(NEW, OLD), Duration.ofMinutes(10));

  @Test
  void cookie_shouldBeThatOfTheRfc() {
    // RFC 8656 section 20 has gAAA for password algorithms.
    assertThat(NonceMint.cookie(true, false)).isEqualTo("obMatJos2gAAA");
    assertThat(NonceMint.cookie(false, true)).isEqualTo("obMatJos2QAAA");
    assertThat(COOKIE).isEqualTo("obMatJos2wAAA");
  }

  @Test
  void examine_shouldKnowItsOwnUntilTheirTimeIsOver() {
    String nonce = mint.mint(COOKIE, CLIENT, "relay", NOW);

    assertThat(nonce).startsWith(COOKIE).hasSize(28).matches("[A-Za-z0-9_-]+");
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", NOW)).isEqualTo(VALID);
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", NOW + 600_000)).isEqualTo(VALID);
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", NOW + 604_000)).isEqualTo(STALE);
    // A clock that was set back a little harms nobody.
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", NOW - 60_000)).isEqualTo(VALID);
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", NOW - 604_000)).isEqualTo(STALE);
  }

  @Test
  void examine_shouldLastOverTheEndOfTheCountedTime() {
    long unit = 4_000L << 24;
    long end = NOW / unit * unit + unit;
    String nonce = mint.mint(COOKIE, CLIENT, "relay", end - 4_000);

    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", end + 8_000)).isEqualTo(VALID);
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", end + 608_000)).isEqualTo(STALE);
  }

  @Test
  void examine_shouldBindNoncesToClientAndRealm() {
    String nonce = mint.mint(COOKIE, CLIENT, "relay", NOW);
    TransportAddress otherPort = new TransportAddress(CLIENT.ip(), 4_001);
    TransportAddress otherHost =
        new TransportAddress(IpAddress.parse("2001:db8::2"), CLIENT.port());

    assertThat(mint.examine(nonce, COOKIE, otherPort, "relay", NOW)).isEqualTo(FOREIGN);
    assertThat(mint.examine(nonce, COOKIE, otherHost, "relay", NOW)).isEqualTo(FOREIGN);
    assertThat(mint.examine(nonce, COOKIE, CLIENT, "other", NOW)).isEqualTo(FOREIGN);
  }

  @Test
  void examine_shouldKnowThoseOfThePreviousSecret() {
    var before = new NonceMint(List.of(OLD), Duration.ofMinutes(10));
    var stranger = new NonceMint(List.of(new byte[20]), Duration.ofMinutes(10));

    assertThat(
            mint.examine(before.mint(COOKIE, CLIENT, "relay", NOW), COOKIE, CLIENT, "relay", NOW))
        .isEqualTo(VALID);
    assertThat(
            before.examine(mint.mint(COOKIE, CLIENT, "relay", NOW), COOKIE, CLIENT, "relay", NOW))
        .isEqualTo(FOREIGN);
    String foreign = stranger.mint(COOKIE, CLIENT, "r", NOW);
    assertThat(mint.examine(foreign, COOKIE, CLIENT, "relay", NOW)).isEqualTo(FOREIGN);
  }

  @Test
  void examine_shouldNotBeFooledByChangedOnes() {
    SeededCases.of("changed nonces", 20261124, 2_000)
        .run(random -> {
          char[] nonce = mint.mint(COOKIE, CLIENT, "relay", NOW).toCharArray();
          // Two bits of the last character carry nothing.
          int at = random.nextInt(nonce.length - 1);
          nonce[at] = (char) (nonce[at] ^ 1 + random.nextInt(random.nextBoolean() ? 63 : 1_000));
          assertThat(mint.examine(new String(nonce), COOKIE, CLIENT, "relay", NOW))
              .isEqualTo(FOREIGN);
        });
    for (String nonce : List.of("", COOKIE, "obMatJos2", "x".repeat(28), COOKIE + "=".repeat(15))) {
      assertThat(mint.examine(nonce, COOKIE, CLIENT, "relay", NOW)).isEqualTo(FOREIGN);
    }
  }

  @Test
  void constructor_shouldWantSecretsThatCannotBeGuessed() {
    assertThatThrownBy(() -> new NonceMint(List.of(), Duration.ofHours(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NonceMint(List.of(NEW, new byte[15]), Duration.ofHours(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new NonceMint(List.of(NEW), Duration.ofDays(400)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
