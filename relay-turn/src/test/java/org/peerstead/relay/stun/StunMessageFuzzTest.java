package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/**
 * Whatever the bytes are: a message or a typed refusal. More cases with {@code
 * -Dpeerstead.cases=NUMBER -Dpeerstead.seed=random}.
 */
class StunMessageFuzzTest {
  private static final byte[] KEY = {1, 2, 3, 4};
  private static final TransactionId ID = new TransactionId(1, 2);

  private static final List<byte[]> VALID =
      List.of(
          allocate().toBytes(),
          allocate().fingerprint().toBytes(),
          allocate().integrity(IntegrityKind.SHA1, KEY).fingerprint().toBytes(),
          allocate().integrity(IntegrityKind.SHA256, KEY).toBytes(),
          send("192.0.2.1").toBytes(),
          send("2001:db8::1").toBytes(),
          send("::ffff:192.0.2.1").empty(StunAttribute.DONT_FRAGMENT).fingerprint().toBytes());

  /** Types that the parsers look at, and lengths at which their arithmetic turns. */
  private static final int[] TELLING = {
    0x0000, 0x0001, 0x0003, 0x0004, 0x0005, 0x0006, 0x0008, 0x000c, 0x0010, 0x0012, 0x0013, 0x0014,
    0x0015, 0x0016, 0x001a, 0x001c, 0x0020, 0x0024, 0x7fff, 0x8000, 0x8028, 0xfffb, 0xfffc, 0xffff
  };

  private final SendIndication reader = new SendIndication();

  private static StunWriter allocate() {
    return StunWriter.request(StunMethod.ALLOCATE, ID)
        .requestedTransport(17)
        .text(StunAttribute.USERNAME, "1700000000:user")
        .text(StunAttribute.REALM, "relay")
        .text(StunAttribute.NONCE, "obMatJos2gAAAxyzxyz")
        .uint32(StunAttribute.LIFETIME, 600)
        .xorAddress(
            StunAttribute.XOR_PEER_ADDRESS, new TransportAddress(IpAddress.parse("::1"), 9));
  }

  private static StunWriter send(String peer) {
    return StunWriter.indication(StunMethod.SEND, ID)
        .xorAddress(StunAttribute.XOR_PEER_ADDRESS, new TransportAddress(IpAddress.parse(peer), 9))
        .bytes(StunAttribute.DATA, new byte[37]);
  }

  @Test
  void parsers_shouldSurviveChangedMessages() {
    SeededCases.of("changed messages", 20261123, 60_000).run(random -> check(changed(random)));
  }

  @Test
  void parsers_shouldSurviveAnyAttributes() {
    SeededCases.of("any attributes", 20261124, 60_000).run(random -> check(attributes(random)));
  }

  @Test
  void parsers_shouldSurviveAnyBytes() {
    SeededCases.of("any bytes", 20261125, 30_000)
        .run(random -> {
          byte[] bytes = new byte[random.nextInt(120)];
          random.nextBytes(bytes);
          check(bytes);
        });
  }

  private static byte[] changed(RandomGenerator random) {
    byte[] valid = VALID.get(random.nextInt(VALID.size()));
    int length = random.nextInt(3) == 0 ? random.nextInt(valid.length + 9) : valid.length;
    byte[] bytes = Arrays.copyOf(valid, length);
    for (int i = random.nextInt(5); i > 0 && length >= 2; i--) {
      int at = random.nextInt(length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        default ->
            Wire.putInt16(
                bytes, Math.min(at, length - 2) & ~1, TELLING[random.nextInt(TELLING.length)]);
      }
    }
    if (length >= 4 && random.nextBoolean()) {
      Wire.putInt16(bytes, 2, length - 20);
    }
    return bytes;
  }

  /** A right header, then whatever may look like attributes. */
  private static byte[] attributes(RandomGenerator random) {
    Raw raw = Raw.message(random.nextBoolean() ? 0x0016 : random.nextInt(0x4000));
    for (int i = random.nextInt(12); i > 0; i--) {
      int type = TELLING[random.nextInt(TELLING.length)];
      switch (random.nextInt(4)) {
        case 0 -> raw.int16(type).int16(TELLING[random.nextInt(TELLING.length)]);
        case 1 -> raw.attribute(type, new byte[random.nextInt(40)]);
        case 2 -> raw.attribute(type, 0, 1 + random.nextInt(3), 1, 2, 3, 4, 5, 6);
        default -> raw.fingerprint();
      }
    }
    return raw.toBytes();
  }

  private void check(byte[] bytes) {
    byte[] before = bytes.clone();
    boolean isMessage = checkMessage(bytes);
    MemorySegment memory = MemorySegment.ofArray(bytes);
    if (ChannelData.dataLength(memory, 0, bytes.length) >= 0) {
      assertThat(ChannelData.dataLength(memory, 0, bytes.length))
          .isLessThanOrEqualTo(bytes.length - ChannelData.HEADER_BYTES);
    }
    SendIndication.Result result = reader.read(memory, 0, bytes.length);
    if (result == SendIndication.Result.OK) {
      assertThat(reader.dataLength()).isNotNegative();
      assertThat(reader.dataOffset()).isGreaterThanOrEqualTo(20);
      assertThat(reader.dataOffset() + reader.dataLength()).isLessThanOrEqualTo(bytes.length);
      // Integrity is not looked at in indications; a wrong length of it is refused in messages
      // only.
      if (isMessage) {
        assertSameReading(bytes);
      }
    }
    assertThat(bytes).isEqualTo(before);
  }

  /** The two readers of a Send indication see the same. */
  private void assertSameReading(byte[] bytes) {
    try {
      StunMessage message = StunMessage.parse(bytes);
      assertThat(message.xorAddress(StunAttribute.XOR_PEER_ADDRESS))
          .isEqualTo(
              new TransportAddress(
                  new IpAddress(reader.family(), reader.high(), reader.low()), reader.port()));
      assertThat(message.bytes(StunAttribute.DATA))
          .isEqualTo(
              Arrays.copyOfRange(
                  bytes, reader.dataOffset(), reader.dataOffset() + reader.dataLength()));
      assertThat(message.has(StunAttribute.DONT_FRAGMENT)).isEqualTo(reader.dontFragment());
    } catch (MalformedStunException e) {
      throw new AssertionError("one reader refuses what the other takes", e);
    }
  }

  private static boolean checkMessage(byte[] bytes) {
    StunMessage message;
    try {
      message = StunMessage.parse(bytes);
    } catch (MalformedStunException e) {
      assertThat(e.reason()).isNotNull();
      return false;
    }
    message.isIntegrityRight(KEY);
    assertThat(message.unknownRequired(type -> false)).hasSizeLessThanOrEqualTo(32);
    for (int type : TELLING) {
      List<Object> read = new ArrayList<>();
      attempt(() -> read.add(message.has(type)));
      attempt(() -> read.add(String.valueOf(message.text(type))));
      attempt(() -> read.add(message.uint32(type, -1)));
      attempt(() -> read.add(String.valueOf(message.xorAddress(type))));
      attempt(() -> read.add(message.xorAddresses(type)));
      attempt(() -> read.add(String.valueOf(message.address(type))));
      byte[] value = message.bytes(type);
      assertThat(value == null ? 0 : value.length).isLessThan(bytes.length);
      assertThat(read).isNotEmpty();
    }
    return true;
  }

  @FunctionalInterface
  private interface Reading {
    void run() throws MalformedStunException;
  }

  private static void attempt(Reading reading) {
    try {
      reading.run();
    } catch (MalformedStunException e) {
      assertThat(e.reason()).isEqualTo(MalformedStunException.Reason.BAD_ATTRIBUTE);
    }
  }
}
