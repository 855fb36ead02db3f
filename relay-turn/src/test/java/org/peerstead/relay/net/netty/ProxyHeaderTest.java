package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.peerstead.relay.stun.IpAddress;

@ExtendWith(LeakWatch.class)
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  /** 192.0.2.7:4660 to 198.51.100.1:3478, and a field that nobody knows. */
  private static final byte[] V4 =
      hex("2111" + "0011" + "c0000207c6336401" + "12340d96" + "0400020000");

  private static final byte[] V6 =
      hex(
          "2121"
              + "0024"
              + "20010db8000000000000000000000007"
              + "20010db8000000000000000000000001"
              + "12340d96");

  private static byte[] hex(String afterSignature) {
    return HexFormat.of().parseHex(SIGNATURE + afterSignature);
  }

  private static Shell start(Predicate<IpAddress> trusted) throws IOException {
    return Shell.start(base ->
        new NettyRelayConfig(
            base.firstLoop(),
            base.loops(),
            base.listeners(),
            base.transports(),
            base.tls(),
            base.dtls(),
            base.relayV4(),
            base.relayV6(),
            base.tcpRelaying(),
            trusted,
            new ConnectionBounds(
                9,
                1,
                9,
                base.bounds().handshake(),
                base.bounds().firstRequest(),
                base.bounds().unsettledFor(),
                base.bounds().frame(),
                base.bounds().waitingBytes())));
  }

  @Test
  void read_shouldTakeBothFamilies() {
    ProxyHeader v4 = ProxyHeader.read(Unpooled.wrappedBuffer(V4));
    assertThat(v4).isNotNull();
    assertThat(v4.client()).hasToString("192.0.2.7:4660");
    assertThat(v4.server()).hasToString("198.51.100.1:3478");
    assertThat(v4.length()).isEqualTo(V4.length);
    ProxyHeader v6 = ProxyHeader.read(Unpooled.wrappedBuffer(V6));
    assertThat(v6).isNotNull();
    assertThat(v6.client()).hasToString("[2001:db8::7]:4660");
    assertThat(v6.server()).hasToString("[2001:db8::1]:3478");
  }

  @Test
  void read_shouldWaitForTheWholeHeader() {
    for (int i = 0; i < V6.length; i++) {
      assertThat(ProxyHeader.read(Unpooled.wrappedBuffer(Arrays.copyOf(V6, i))))
          .isSameAs(ProxyHeader.INCOMPLETE);
    }
  }

  @Test
  void read_shouldRefuseWhatIsWrong() {
    for (String wrong :
        new String[] {
          // Version 1, an unknown command, datagrams, a Unix socket, too short, too long.
          "1111000cc0000207c633640112340d96",
          "2211000cc0000207c633640112340d96",
          "2112000cc0000207c633640112340d96",
          "2131000cc0000207c633640112340d96",
          "2111000bc0000207c633640112340d",
          "2111ffffc0000207c633640112340d96",
        }) {
      assertThat(ProxyHeader.read(Unpooled.wrappedBuffer(hex(wrong)))).as(wrong).isNull();
    }
    byte[] other = V4.clone();
    other[3] = 0;
    assertThat(ProxyHeader.read(Unpooled.wrappedBuffer(other))).isNull();
  }

  @Test
  void clients_shouldBeThoseBehindTheProxy() throws IOException {
    try (Shell shell = start(address -> true)) {
      for (byte[] header : new byte[][] {V4, V6, hex("20000000")}) {
        for (int cut : new int[] {1, header.length - 1, header.length}) {
          try (Client client = shell.connect()) {
            client.send(Arrays.copyOf(header, cut));
            byte[] request = Client.message(1);
            byte[] rest =
                Arrays.copyOf(
                    Arrays.copyOfRange(header, cut, header.length),
                    header.length - cut + request.length);
            System.arraycopy(request, 0, rest, header.length - cut, request.length);
            client.send(rest);
            assertThat(client.read()).isEqualTo(Client.message(0x0101));
          }
          await().untilAsserted(() -> assertThat(shell.counts().connections()).isZero());
        }
      }
      assertThat(shell.engines.clients.stream().filter(client -> client.equals("192.0.2.7:4660")))
          .hasSize(3);
      assertThat(
              shell.engines.clients.stream().filter(client -> client.equals("[2001:db8::7]:4660")))
          .hasSize(3);
    }
  }

  @Test
  void limits_shouldCountThoseBehindTheProxy() throws IOException {
    try (Shell shell = start(address -> true);
        Client first = shell.connect();
        Client second = shell.connect();
        Client other = shell.connect()) {
      first.send(V4).send(Client.message(1)).read();
      other.send(V6).send(Client.message(1)).read();
      second.send(V4);
      assertThat(second.isEnded()).isTrue();
      await()
          .untilAsserted(
              () -> assertThat(shell.ended(ConnectionEnd.TOO_MANY_OF_SOURCE)).isEqualTo(1));
    }
  }

  @Test
  void headers_shouldBeWantedFromProxiesAndFromNobodyElse() throws IOException {
    try (Shell shell = start(address -> true);
        Client client = shell.connect()) {
      client.send(Client.message(1));
      assertThat(client.isEnded()).isTrue();
      await().untilAsserted(() -> assertThat(shell.ended(ConnectionEnd.PROXY_HEADER)).isEqualTo(1));
    }
    try (Shell shell = start(address -> false);
        Client client = shell.connect()) {
      client.send(V4).send(Client.message(1));
      assertThat(client.isEnded()).isTrue();
      assertThat(shell.engines.frames).hasValue(0);
    }
  }
}
