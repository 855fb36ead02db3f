package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.simulation.SeededCases;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "192.0.2.1, 192.0.2.1",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "0:0:0:0:0:0:0:0, ::",
    "2001:DB8::A, 2001:db8::a",
    "2001:0db8:0000:0000:0000:0000:0000:0001, 2001:db8::1",
    // One zero group is not shortened, of two runs the longer is, of equal ones the first.
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:0:0:2:3:4:0:0, 1::2:3:4:0:0",
    "0:0:1:2:3:4:5:6, ::1:2:3:4:5:6",
    "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
    "::ffff:1.2.3.4, ::ffff:1.2.3.4",
    "::ffff:0102:0304, ::ffff:1.2.3.4",
    "::FFFF:0:0, ::ffff:0.0.0.0",
    "::1.2.3.4, ::102:304",
    "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
    "::fffe:1.2.3.4, ::fffe:102:304"
  })
  void toString_shouldBeCanonical(String text, String canonical) {
    IpAddress address = IpAddress.parse(text);

    assertThat(address).hasToString(canonical);
    assertThat(IpAddress.parse(canonical)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "127.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.-4",
        "+1.2.3.4",
        "010.0.0.1",
        "0x7f.0.0.1",
        "2130706433",
        " 1.2.3.4",
        "1.2.3.4 ",
        "1.2.3.4:80",
        "1.2.3.4/32",
        "localhost",
        "\u0661.2.3.4",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "fe80::1%1",
        "fe80::1%eth0",
        "[::1]",
        "::ffff:1.2.3",
        "::ffff:1.2.3.04",
        "::g"
      })
  void parse_shouldRefuseWhatIsNoAddress(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.parse(text));
  }

  @Test
  void mappedAddresses_shouldStayIpv6() {
    IpAddress mapped = IpAddress.parse("::ffff:127.0.0.1");

    assertThat(mapped.family()).isEqualTo(IpFamily.V6);
    assertThat(mapped.toBytes()).hasSize(16);
    assertThat(IpAddress.of(mapped.toBytes())).isEqualTo(mapped);
    assertThat(mapped).isNotEqualTo(IpAddress.parse("127.0.0.1"));
    assertThat(mapped.isLoopback()).isFalse();
    assertThat(IpAddress.parse("::ffff:0.0.0.0").isAny()).isFalse();
    assertThat(mapped.toInetAddress()).isInstanceOf(Inet6Address.class);
    assertThat(IpAddress.of(mapped.toInetAddress())).isEqualTo(mapped);
  }

  @Test
  void anyAddress_shouldSurviveTextBytesAndSockets() {
    SeededCases.of("addresses", 20261123, 5_000)
        .run(random -> {
          IpAddress address = address(random);

          assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
          assertThat(IpAddress.of(address.toBytes())).isEqualTo(address);
          assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
          // The JDK reads what we write and sees the same bytes, but for mapped ones.
          if (!address.toString().startsWith("::ffff:")) {
            assertThat(java.net.InetAddress.ofLiteral(address.toString()).getAddress())
                .isEqualTo(address.toBytes());
          }
        });
  }

  /** With many zero groups, which chance alone seldom brings. */
  static IpAddress address(RandomGenerator random) {
    if (random.nextBoolean()) {
      return IpAddress.v4(random.nextInt());
    }
    byte[] bytes = new byte[16];
    for (int i = 0; i < 16; i += 2) {
      if (random.nextBoolean()) {
        bytes[i] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
        bytes[i + 1] = (byte) random.nextInt();
      }
    }
    return IpAddress.of(bytes);
  }

  @Test
  void transportAddresses_shouldSurviveSockets() {
    for (String ip : new String[] {"192.0.2.1", "2001:db8::1"}) {
      TransportAddress address = new TransportAddress(IpAddress.parse(ip), 65535);
      assertThat(TransportAddress.of(address.toSocketAddress())).isEqualTo(address);
    }
    assertThat(TransportAddress.of(new InetSocketAddress("127.0.0.1", 0)))
        .hasToString("127.0.0.1:0");
    assertThat(new TransportAddress(IpAddress.parse("::1"), 80)).hasToString("[::1]:80");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TransportAddress(IpAddress.v4(0), 65536));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TransportAddress(IpAddress.v4(0), -1));
  }

  @Test
  void specialAddresses_shouldBeKnown() {
    assertThat(IpAddress.parse("127.255.0.1").isLoopback()).isTrue();
    assertThat(IpAddress.parse("128.0.0.1").isLoopback()).isFalse();
    assertThat(IpAddress.parse("::1").isLoopback()).isTrue();
    assertThat(IpAddress.parse("::2").isLoopback()).isFalse();
    assertThat(IpAddress.parse("0.0.0.0").isAny()).isTrue();
    assertThat(IpAddress.parse("::").isAny()).isTrue();
    assertThat(IpAddress.parse("::1").isAny()).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new IpAddress(IpFamily.V4, 0, 0x1_0000_0000L));
    assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.of(new byte[5]));
  }
}
