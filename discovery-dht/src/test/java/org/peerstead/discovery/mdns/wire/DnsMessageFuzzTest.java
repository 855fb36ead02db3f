package org.peerstead.discovery.mdns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Whatever the bytes are: a message that survives being written again, or a typed refusal. */
class DnsMessageFuzzTest {
  private static final byte[] ANSWER = answer();

  private static byte[] answer() {
    DnsName type = DnsName.of("_peerstead", "_tcp", "local");
    DnsName instance = type.child("eafpevjml5hwfbiz");
    DnsName host = DnsName.of("ockfecqah3qcnz5c", "local");
    return new DnsMessage(
            0,
            true,
            List.of(new DnsQuestion(type, DnsRecord.PTR, false)),
            List.of(
                new DnsRecord.Pointer(type, 1200, false, instance),
                new DnsRecord.Service(instance, 120, true, 3282, host),
                new DnsRecord.Text(instance, 1200, true, new ServiceText(null, 49737).encode()),
                new DnsRecord.Address(host, 120, true, HostAddress.of(new byte[] {10, 0, 0, 1})),
                new DnsRecord.Address(host, 120, true, HostAddress.of(new byte[16]))))
        .encode();
  }

  @Test
  void decode_shouldSurviveChangedMessages() {
    SeededCases.of("changed messages", 20261123, 50_000)
        .run(random -> {
          byte[] bytes = Arrays.copyOf(ANSWER, ANSWER.length - random.nextInt(8) / 4 * 9);
          for (int i = random.nextInt(6); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          check(bytes);
        });
  }

  @Test
  void decode_shouldSurviveAnyBytes() {
    SeededCases.of("random messages", 20261124, 50_000).run(random -> check(anything(random)));
  }

  private static byte[] anything(RandomGenerator random) {
    var bytes = new byte[12 + random.nextInt(200)];
    random.nextBytes(bytes);
    bytes[2] &= (byte) 0x87;
    bytes[3] &= (byte) 0xf0;
    for (int count = 4; count < 12; count += 2) {
      bytes[count] = 0;
      bytes[count + 1] &= 7;
    }
    // Short labels, pointers and known types are what chance seldom brings.
    for (int i = 12; i < bytes.length; i++) {
      switch (random.nextInt(6)) {
        case 0 -> bytes[i] = 0;
        case 1 -> bytes[i] = (byte) random.nextInt(4);
        case 2 -> bytes[i] = (byte) 0xc0;
        case 3 -> bytes[i] = (byte) new int[] {1, 12, 16, 28, 33}[random.nextInt(5)];
        default -> {}
      }
    }
    return bytes;
  }

  private static void check(byte[] bytes) throws MalformedDnsException {
    DnsMessage message;
    try {
      message = DnsMessage.decode(bytes, bytes.length);
    } catch (MalformedDnsException e) {
      return;
    }
    byte[] again = message.encode();
    if (again.length <= DnsMessage.MAX_BYTES) {
      assertThat(DnsMessage.decode(again, again.length)).isEqualTo(message);
    }
  }

  @Test
  void text_shouldSurviveAnyBytes() {
    byte[] good = new ServiceText(digest(), 49737).encode().toByteArray();
    SeededCases.of("texts", 20261125, 50_000)
        .run(random -> {
          byte[] bytes = Arrays.copyOf(good, good.length - random.nextInt(4) / 3 * 7);
          for (int i = random.nextInt(6); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          }
          try {
            ServiceText text = ServiceText.decode(Slice.of(bytes));
            assertThat(ServiceText.decode(text.encode())).isEqualTo(text);
          } catch (MalformedDnsException e) {
            assertThat(e.reason()).isNotNull();
          }
        });
  }

  private static TopicDigest digest() {
    return TopicDigest.of(Slice.of(new byte[16]), List.of()).orElseThrow();
  }
}
