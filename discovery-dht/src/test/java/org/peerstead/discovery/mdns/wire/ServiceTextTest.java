package org.peerstead.discovery.mdns.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.mdns.wire.MalformedDnsException.Reason;
import org.peerstead.securestream.encoding.Slice;

class ServiceTextTest {
  private static Slice strings(String... strings) {
    var out = new ByteArrayOutputStream();
    for (String string : strings) {
      byte[] bytes = string.getBytes(StandardCharsets.ISO_8859_1);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    return Slice.of(out.toByteArray());
  }

  @Test
  void encode_shouldPutTheVersionFirst() {
    assertThat(new ServiceText(null, 49737).encode()).isEqualTo(strings("txtvers=1", "dht=49737"));
    assertThat(new ServiceText(null, 0).encode()).isEqualTo(strings("txtvers=1"));
  }

  @Test
  void encode_shouldStayBelow250Bytes() throws Exception {
    var digest =
        new TopicDigest(
            Slice.of(new byte[TopicDigest.SALT_BYTES]), Slice.of(new byte[TopicDigest.MAX_BYTES]));
    Slice bytes = new ServiceText(digest, 65535).encode();

    assertThat(bytes.length()).isEqualTo(10 + 19 + 195 + 10);
    assertThat(ServiceText.decode(bytes)).isEqualTo(new ServiceText(digest, 65535));
  }

  @Test
  void decode_shouldPassOverUnknownKeys_andTakeTheFirstOfTwo() throws Exception {
    Slice text =
        strings("new=thing", "TxtVers=1", "flag", "=odd", "", "DHT=10", "dht=11", "x".repeat(60));

    assertThat(ServiceText.decode(text)).isEqualTo(new ServiceText(null, 10));
  }

  @Test
  void decode_shouldSayNothingOfTopics_whenSaltOrDigestIsMissing() throws Exception {
    assertThat(ServiceText.decode(strings("txtvers=1", "s=" + "a".repeat(16))).digest()).isNull();
    assertThat(ServiceText.decode(strings("txtvers=1", "d=" + "a".repeat(24))).digest()).isNull();
  }

  @Test
  void decode_shouldRefuse_whatBreaksTheRules() {
    refuses(Reason.OTHER_VERSION);
    refuses(Reason.OTHER_VERSION, "txtvers=2");
    refuses(Reason.OTHER_VERSION, "txtvers=11");
    refuses(Reason.BAD_TEXT, "txtvers=1", "dht=0");
    refuses(Reason.BAD_TEXT, "txtvers=1", "dht=");
    refuses(Reason.BAD_TEXT, "txtvers=1", "dht=65536");
    refuses(Reason.BAD_TEXT, "txtvers=1", "dht=1234567890123");
    refuses(Reason.BAD_TEXT, "txtvers=1", "dht=-1");
    refuses(Reason.BAD_TEXT, "txtvers=1", "s=short", "d=" + "a".repeat(24));
    refuses(Reason.BAD_TEXT, "txtvers=1", "s=" + "a".repeat(16), "d=short");
    refuses(Reason.BAD_TEXT, "txtvers=1", "s=" + "a".repeat(16), "d=" + "a".repeat(193));
    refuses(Reason.BAD_TEXT, "a".repeat(255), "b".repeat(255), "c");
    assertThatThrownBy(() -> ServiceText.decode(Slice.fromHex("05616263")))
        .isInstanceOf(MalformedDnsException.class);
  }

  private static void refuses(Reason reason, String... strings) {
    assertThatThrownBy(() -> ServiceText.decode(strings(strings)))
        .as(List.of(strings).toString())
        .isInstanceOfSatisfying(
            MalformedDnsException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
