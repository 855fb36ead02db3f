package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.peerstead.relay.stun.StunAttribute.DATA;
import static org.peerstead.relay.stun.StunAttribute.DONT_FRAGMENT;
import static org.peerstead.relay.stun.StunAttribute.MESSAGE_INTEGRITY;
import static org.peerstead.relay.stun.StunAttribute.USERNAME;
import static org.peerstead.relay.stun.StunAttribute.XOR_PEER_ADDRESS;

import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.stun.SendIndication.Result;

/** Readers and writers of the data path: Send and Data indications, ChannelData. */
class DataReadersTest {
  private static final TransactionId ID = new TransactionId(7, 0x8877665544332211L);
  private static final TransportAddress V4 =
      new TransportAddress(IpAddress.parse("192.0.2.1"), 40_000);
  private static final TransportAddress V6 =
      new TransportAddress(IpAddress.parse("2001:db8::9"), 50_000);

  /** 192.0.2.1:40000, combined with the cookie. */
  private static final int[] PEER = {0, 1, 0xbd, 0x52, 0xe1, 0x12, 0xa6, 0x43};

  private final SendIndication reader = new SendIndication();

  private static StunWriter send() {
    return StunWriter.indication(StunMethod.SEND, ID);
  }

  /** At an odd place of a larger memory. */
  private Result read(byte[] bytes) {
    byte[] memory = new byte[bytes.length + 8];
    System.arraycopy(bytes, 0, memory, 3, bytes.length);
    return reader.read(MemorySegment.ofArray(memory), 3, bytes.length);
  }

  private void assertPeer(TransportAddress peer) {
    assertThat(
            new TransportAddress(
                new IpAddress(reader.family(), reader.high(), reader.low()), reader.port()))
        .isEqualTo(peer);
  }

  @Test
  void sendIndication_shouldBeRead() {
    for (TransportAddress peer : new TransportAddress[] {V4, V6}) {
      byte[] payload = "hello".getBytes(StandardCharsets.UTF_8);
      byte[] bytes = send().xorAddress(XOR_PEER_ADDRESS, peer).bytes(DATA, payload).toBytes();

      assertThat(read(bytes)).isEqualTo(Result.OK);
      assertPeer(peer);
      assertThat(reader.dontFragment()).isFalse();
      assertThat(
              Arrays.copyOfRange(
                  bytes, reader.dataOffset(), reader.dataOffset() + reader.dataLength()))
          .isEqualTo(payload);
    }
  }

  @Test
  void sendIndication_shouldTakeTheFirstOfEachTypeInAnyOrder() {
    byte[] bytes =
        send()
            .bytes(DATA, new byte[3])
            .empty(DONT_FRAGMENT)
            .text(0x8022, "software")
            .xorAddress(XOR_PEER_ADDRESS, V6)
            .bytes(DATA, new byte[9])
            .xorAddress(XOR_PEER_ADDRESS, V4)
            .fingerprint()
            .toBytes();

    assertThat(read(bytes)).isEqualTo(Result.OK);
    assertPeer(V6);
    assertThat(reader.dataLength()).isEqualTo(3);
    assertThat(reader.dataOffset()).isEqualTo(24);
    assertThat(reader.dontFragment()).isTrue();

    // Nothing of it stays behind.
    assertThat(read(send().xorAddress(XOR_PEER_ADDRESS, V4).empty(DATA).toBytes()))
        .isEqualTo(Result.OK);
    assertPeer(V4);
    assertThat(reader.dontFragment()).isFalse();
    assertThat(reader.dataLength()).isZero();
  }

  @Test
  void sendIndication_shouldBeIncompleteWithoutPeerOrData() {
    assertThat(read(send().toBytes())).isEqualTo(Result.INCOMPLETE);
    assertThat(read(send().xorAddress(XOR_PEER_ADDRESS, V4).toBytes()))
        .isEqualTo(Result.INCOMPLETE);
    assertThat(read(send().bytes(DATA, new byte[4]).toBytes())).isEqualTo(Result.INCOMPLETE);
  }

  @Test
  void sendIndication_shouldSeeUnknownAttributesThatMustBeUnderstood() {
    StunWriter whole = send().xorAddress(XOR_PEER_ADDRESS, V4).empty(DATA);
    assertThat(read(whole.empty(0x8abc).toBytes())).isEqualTo(Result.OK);
    assertThat(read(whole.text(USERNAME, "u").toBytes())).isEqualTo(Result.OK);
    assertThat(read(whole.empty(0x7abc).toBytes())).isEqualTo(Result.UNKNOWN_ATTRIBUTE);
  }

  @Test
  void sendIndication_shouldNotCountWhatStandsBehindIntegrity() {
    byte[] bytes =
        Raw.sendIndication()
            .attribute(XOR_PEER_ADDRESS, PEER)
            .attribute(MESSAGE_INTEGRITY, new byte[20])
            .attribute(DATA, 1, 2, 3)
            .attribute(0x7abc)
            .toBytes();
    assertThat(read(bytes)).isEqualTo(Result.INCOMPLETE);
  }

  @Test
  void sendIndication_shouldKeepTheRulesOfMessages() {
    byte[] right = Raw.sendIndication().attribute(XOR_PEER_ADDRESS, PEER).attribute(DATA).toBytes();
    assertThat(read(right)).isEqualTo(Result.OK);
    assertPeer(V4);

    assertThat(read(new byte[0])).isEqualTo(Result.MALFORMED);
    assertThat(read(Arrays.copyOf(right, 19))).isEqualTo(Result.MALFORMED);
    assertThat(read(Arrays.copyOf(right, right.length - 4))).isEqualTo(Result.MALFORMED);
    assertThat(read(Arrays.copyOf(right, right.length + 4))).isEqualTo(Result.MALFORMED);
    assertThat(read(Raw.sendIndication().int16(0).withLength(2))).isEqualTo(Result.MALFORMED);
    assertThat(read(Raw.message(0x0006).toBytes())).isEqualTo(Result.MALFORMED);
    byte[] wrongCookie = right.clone();
    wrongCookie[4] ^= 1;
    assertThat(read(wrongCookie)).isEqualTo(Result.MALFORMED);
    assertThat(read(Raw.sendIndication().int16(DATA).int16(1).toBytes()))
        .isEqualTo(Result.MALFORMED);
    assertThat(read(Raw.sendIndication().int16(DATA).int16(0xffff).int32(0).toBytes()))
        .isEqualTo(Result.MALFORMED);
    int[][] wrongPeers = {
      {}, {0, 1, 0}, {0, 1, 0, 0}, {0, 2, 0, 9, 1, 2, 3, 4}, {0, 3, 0, 9, 1, 2}
    };
    for (int[] peer : wrongPeers) {
      assertThat(
              read(
                  Raw.sendIndication().attribute(XOR_PEER_ADDRESS, peer).attribute(DATA).toBytes()))
          .isEqualTo(Result.MALFORMED);
    }
  }

  @Test
  void sendIndication_shouldCheckFingerprints() {
    // Longer than what is summed at once.
    byte[] right =
        send()
            .xorAddress(XOR_PEER_ADDRESS, V4)
            .bytes(DATA, new byte[1_300])
            .fingerprint()
            .toBytes();
    assertThat(read(right)).isEqualTo(Result.OK);
    byte[] changed = right.clone();
    changed[900] ^= 1;
    assertThat(read(changed)).isEqualTo(Result.MALFORMED);
    assertThat(
            read(
                Raw.sendIndication()
                    .attribute(XOR_PEER_ADDRESS, PEER)
                    .fingerprint()
                    .attribute(DATA)
                    .toBytes()))
        .isEqualTo(Result.MALFORMED);
  }

  @Test
  void dataIndication_shouldBeWhatTheWriterWrites() {
    for (TransportAddress peer : new TransportAddress[] {V4, V6}) {
      for (int length : new int[] {0, 1, 2, 3, 4, 1_200, 65_504}) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) 0x5a);
        byte[] expected =
            StunWriter.indication(StunMethod.DATA, ID)
                .xorAddress(XOR_PEER_ADDRESS, peer)
                .bytes(DATA, payload)
                .toBytes();

        byte[] head = new byte[DataIndication.MAX_HEAD_BYTES];
        Arrays.fill(head, (byte) -1);
        IpAddress ip = peer.ip();
        int headLength =
            DataIndication.writeHead(
                head, ID.high(), ID.low(), ip.family(), ip.high(), ip.low(), peer.port(), length);

        byte[] whole = Arrays.copyOf(head, headLength + length + DataIndication.padding(length));
        System.arraycopy(payload, 0, whole, headLength, length);
        Arrays.fill(whole, headLength + length, whole.length, (byte) 0);
        assertThat(whole).isEqualTo(expected);
      }
    }
  }

  @Test
  void dataIndication_shouldNotBeLongerThanItsLengthCanSay() {
    assertThat(DataIndication.fits(IpFamily.V4, 65_507)).isTrue();
    assertThat(DataIndication.fits(IpFamily.V4, 65_516)).isTrue();
    assertThat(DataIndication.fits(IpFamily.V4, 65_517)).isFalse();
    assertThat(DataIndication.fits(IpFamily.V6, 65_504)).isTrue();
    // The longest payload of a datagram over IPv6.
    assertThat(DataIndication.fits(IpFamily.V6, 65_527)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            DataIndication.writeHead(
                new byte[DataIndication.MAX_HEAD_BYTES], 0, 0, IpFamily.V6, 0, 1, 1, 65_527));
  }

  @Test
  void channelData_shouldBeRead() {
    assertThat(ChannelData.isChannelData(0x3f)).isFalse();
    assertThat(ChannelData.isChannelData(0x40)).isTrue();
    assertThat(ChannelData.isChannelData(0x7f)).isTrue();
    assertThat(ChannelData.isChannelData((byte) 0x80)).isFalse();
    assertThat(ChannelData.isChannelData((byte) 0xc0)).isFalse();

    MemorySegment memory = MemorySegment.ofArray(HexFormat.of().parseHex("ff4fff0003aabbccdd"));
    assertThat(ChannelData.channel(memory, 1)).isEqualTo(0x4fff);
    assertThat(ChannelData.dataLength(memory, 1, 7)).isEqualTo(3);
    assertThat(ChannelData.dataLength(memory, 1, 8)).isEqualTo(3);
    assertThat(ChannelData.dataLength(memory, 1, 6)).isEqualTo(-1);
    assertThat(ChannelData.dataLength(memory, 1, 3)).isEqualTo(-1);
    assertThat(ChannelData.dataLength(memory, 1, 0)).isEqualTo(-1);
  }

  @Test
  void readers_shouldNotAllocate() {
    byte[] bytes =
        send().xorAddress(XOR_PEER_ADDRESS, V6).bytes(DATA, new byte[160]).fingerprint().toBytes();
    MemorySegment memory = MemorySegment.ofArray(bytes);
    byte[] head = new byte[DataIndication.MAX_HEAD_BYTES];
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int rounds = 20_000;
    long least = Long.MAX_VALUE;
    // Until the compiler is done the interpreter allocates a little itself.
    for (int attempt = 0; attempt < 20 && least > rounds; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < rounds; i++) {
        if (reader.read(memory, 0, bytes.length) != Result.OK
            || ChannelData.dataLength(memory, 20, 24) < 0
            || DataIndication.writeHead(head, 1, i, IpFamily.V6, 2, 3, 4, 160) != 48) {
          throw new AssertionError("unreadable");
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least).isLessThan(rounds);
  }
}
