package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** What was written is what is read. */
class StunMessagePropertiesTest {
  /** An attribute and how to ask for it. */
  private sealed interface Written {
    record Octets(int type, byte[] value) implements Written {}

    record Text(int type, String value) implements Written {}

    record Number(int type, long value) implements Written {}

    record Xor(int type, TransportAddress value) implements Written {}

    record Clear(int type, TransportAddress value) implements Written {}
  }

  @Test
  void parse_shouldReadWhatWasWritten() {
    SeededCases.of("messages", 20261123, 5_000).run(StunMessagePropertiesTest::check);
  }

  private static void check(RandomGenerator random) throws MalformedStunException {
    int method = random.nextInt(0x1000);
    TransactionId id = new TransactionId(random.nextInt(), random.nextLong());
    boolean isRequest = random.nextBoolean();
    StunWriter writer =
        isRequest ? StunWriter.request(method, id) : StunWriter.indication(method, id);
    List<Written> attributes = new ArrayList<>();
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      // Each type once; none is integrity or fingerprint.
      attributes.add(attribute(random, 0x100 + i + random.nextInt(2) * 0x8000));
    }
    attributes.forEach(attribute -> write(writer, attribute));
    IntegrityKind kind = IntegrityKind.values()[random.nextInt(3)];
    byte[] key = octets(random, 40);
    writer.integrity(kind, key);
    boolean hasFingerprint = random.nextBoolean();
    if (hasFingerprint) {
      writer.fingerprint();
    }

    byte[] bytes = writer.toBytes();
    StunMessage message = StunMessage.parse(bytes);

    assertThat(message.method()).isEqualTo(method);
    assertThat(message.messageClass())
        .isEqualTo(isRequest ? StunClass.REQUEST : StunClass.INDICATION);
    assertThat(message.transactionId()).isEqualTo(id);
    assertThat(message.length()).isEqualTo(writer.length());
    assertThat(message.hasFingerprint()).isEqualTo(hasFingerprint);
    assertThat(message.integrity()).isEqualTo(kind);
    assertThat(message.isIntegrityRight(key)).isEqualTo(kind != IntegrityKind.NONE);
    byte[] other = key.clone();
    if (other.length > 0) {
      other[random.nextInt(other.length)] ^= 4;
      assertThat(message.isIntegrityRight(other)).isFalse();
    }
    for (Written attribute : attributes) {
      assertRead(message, attribute);
    }
  }

  private static Written attribute(RandomGenerator random, int type) {
    return switch (random.nextInt(5)) {
      case 0 -> new Written.Octets(type, octets(random, 300));
      case 1 -> new Written.Text(type, text(random));
      case 2 -> new Written.Number(type, random.nextLong(1L << 32));
      case 3 -> new Written.Xor(type, address(random));
      default -> new Written.Clear(type, address(random));
    };
  }

  private static byte[] octets(RandomGenerator random, int most) {
    byte[] octets = new byte[random.nextInt(most)];
    random.nextBytes(octets);
    return octets;
  }

  private static String text(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      int point = random.nextInt(Character.MAX_CODE_POINT + 1);
      boolean isHalf = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
      text.appendCodePoint(isHalf ? 'x' : point);
    }
    return text.toString();
  }

  private static TransportAddress address(RandomGenerator random) {
    return new TransportAddress(IpAddressTest.address(random), random.nextInt(0x10000));
  }

  private static void write(StunWriter writer, Written attribute) {
    switch (attribute) {
      case Written.Octets(int type, byte[] value) -> writer.bytes(type, value);
      case Written.Text(int type, String value) -> writer.text(type, value);
      case Written.Number(int type, long value) -> writer.uint32(type, value);
      case Written.Xor(int type, TransportAddress value) -> writer.xorAddress(type, value);
      case Written.Clear(int type, TransportAddress value) -> writer.address(type, value);
    }
  }

  private static void assertRead(StunMessage message, Written attribute)
      throws MalformedStunException {
    switch (attribute) {
      case Written.Octets(int type, byte[] value) ->
          assertThat(message.bytes(type)).isEqualTo(value);
      case Written.Text(int type, String value) -> assertThat(message.text(type)).isEqualTo(value);
      case Written.Number(int type, long value) ->
          assertThat(message.uint32(type, -1)).isEqualTo(value);
      case Written.Xor(int type, TransportAddress value) ->
          assertThat(message.xorAddress(type)).isEqualTo(value);
      case Written.Clear(int type, TransportAddress value) ->
          assertThat(message.address(type)).isEqualTo(value);
    }
  }
}
