package org.peerstead.relay.turn.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.IpAddress;

class AddressRangeTest {
  @Test
  void parse_shouldReadRangesAndSingleAddresses() {
    assertThat(AddressRange.parse("10.0.0.0/8"))
        .isEqualTo(new AddressRange(IpAddress.parse("10.0.0.0"), 8));
    assertThat(AddressRange.parse(" 192.0.2.1 ")).hasToString("192.0.2.1/32");
    assertThat(AddressRange.parse("2001:db8::1")).hasToString("2001:db8::1/128");
    assertThat(AddressRange.parse("::/0").contains(IpAddress.parse("ff02::1").family(), -1, -1))
        .isTrue();
  }

  @Test
  void parse_shouldSayWhatToWriteWhenBitsFollowThePrefix() {
    assertThatThrownBy(() -> AddressRange.parse("10.0.0.5/8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("10.0.0.5/8 has bits after the prefix; write 10.0.0.0/8");
  }

  @Test
  void parse_shouldRefuseWhatIsNoRange() {
    for (String text :
        List.of(
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.0/٨",
            "::/129",
            "::/1000",
            "10.0.0.0-10.0.0.9",
            "localhost",
            "1".repeat(1_000))) {
      assertThatThrownBy(() -> AddressRange.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void contains_shouldKeepFamiliesApart() {
    IpAddress mapped = IpAddress.parse("::ffff:10.1.1.1");
    assertThat(AddressRange.parse("0.0.0.0/0").contains(mapped.family(), 0, mapped.low()))
        .isFalse();
  }
}
