package org.peerstead.storagepeer.lan;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.mdns.LanPeer;

class LanDialsTest {
  private static final long SECOND = 1_000_000_000L;

  private static final class FakeDial implements LanDials.Dial {
    final InetSocketAddress address;
    boolean isConnected;
    boolean isClosed;
    long attempts = 1;

    FakeDial(InetSocketAddress address) {
      this.address = address;
    }

    @Override
    public boolean isConnected() {
      return isConnected;
    }

    @Override
    public long attempts() {
      return attempts;
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }

  private final List<FakeDial> made = new ArrayList<>();
  private final Map<InetAddress, Long> connections = new HashMap<>();
  private final LanDials.Dialler dialler =
      new LanDials.Dialler() {
        @Override
        public LanDials.Dial dial(InetSocketAddress address) {
          var dial = new FakeDial(address);
          made.add(dial);
          return dial;
        }

        @Override
        public long connections(InetAddress host) {
          return connections.getOrDefault(host, 0L);
        }
      };
  private LanDials dials = new LanDials(4, dialler, new SplittableRandom(1));
  private long now = 5 * SECOND;

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(host, port);
  }

  private static LanPeer peer(String instance, InetSocketAddress... addresses) {
    return new LanPeer("eth0", instance, List.of(addresses), List.of(), true);
  }

  private void run(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now += SECOND;
      dials.advance(now);
    }
  }

  @Test
  void aFoundNode_shouldBeDialledOnceWithin3Seconds() {
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    run(30);

    assertThat(made).hasSize(1);
    assertThat(made.getFirst().address).isEqualTo(at("10.0.0.2", 3282));
    assertThat(made.getFirst().isClosed).isFalse();
  }

  @Test
  void aNodeWithoutCommonTopicsOrPort_shouldNotBeDialled() {
    dials.found(new LanPeer("eth0", "a", List.of(at("10.0.0.2", 1)), List.of(), false), now);
    dials.found(new LanPeer("eth0", "b", List.of(), List.of(at("10.0.0.3", 2)), true), now);
    run(30);

    assertThat(made).isEmpty();
  }

  @Test
  void aNodeThatConnectedToUs_shouldNotBeDialled() {
    connections.put(at("10.0.0.2", 1).getAddress(), 1L);
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    run(30);
    assertThat(made).isEmpty();

    connections.clear();
    run(12);
    assertThat(made).hasSize(1);
  }

  @Test
  void twoNodesOfAHost_shouldBothBeDialled_whenOneConnectionIsThere() {
    connections.put(at("10.0.0.2", 1).getAddress(), 1L);
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    dials.found(peer("b", at("10.0.0.2", 3283)), now);
    run(5);

    assertThat(made).hasSize(2);
  }

  @Test
  void anotherName_shouldLeaveTheConnectionAlone() {
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    run(5);
    made.getFirst().isConnected = true;

    dials.lost(peer("a", at("10.0.0.2", 3282)), now);
    dials.found(peer("b", at("10.0.0.2", 3282)), now);
    run(60);

    assertThat(made).hasSize(1);
    assertThat(made.getFirst().isClosed).isFalse();
    assertThat(dials.dialled()).isEqualTo(1);
  }

  @Test
  void aLostNode_shouldBeGivenUp_unlessItIsConnected() {
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    dials.found(peer("b", at("10.0.0.3", 3282)), now);
    run(5);
    FakeDial connected =
        made.stream().filter(dial -> dial.address.equals(at("10.0.0.3", 3282))).findAny().get();
    connected.isConnected = true;
    dials.lost(peer("a", at("10.0.0.2", 3282)), now);
    dials.lost(peer("b", at("10.0.0.3", 3282)), now);

    run(25);
    assertThat(made).filteredOn(dial -> dial.isClosed).hasSize(1).doesNotContain(connected);

    connected.isConnected = false;
    run(2);
    assertThat(connected.isClosed).isTrue();
    assertThat(dials.dialled()).isZero();
  }

  @Test
  void aNodeThatDoesNotAnswer_shouldBeTriedAtItsNextAddress() {
    dials.found(peer("a", at("10.0.0.2", 3282), at("fe80::1", 3282)), now);
    run(5);
    made.getFirst().attempts = 3;
    run(1);

    assertThat(made).hasSize(2);
    assertThat(made.get(0).isClosed).isTrue();
    assertThat(made.get(1).address).isEqualTo(at("fe80::1", 3282));
  }

  @Test
  void theLimit_shouldHold_andThoseThatDoNotAnswerGiveWay() {
    for (int i = 2; i < 12; i++) {
      dials.found(peer("p" + i, at("10.0.0." + i, 3282)), now);
    }
    run(15);
    assertThat(made).hasSize(4);
    assertThat(dials.dialled()).isEqualTo(4);

    made.get(1).attempts = 3;
    run(15);

    assertThat(made).hasSize(5);
    assertThat(made.get(1).isClosed).isTrue();
    assertThat(dials.dialled()).isEqualTo(4);
  }

  @Test
  void close_shouldEndAll() {
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    run(5);
    dials.close();

    assertThat(made).allMatch(dial -> dial.isClosed);
    dials = new LanDials(0, dialler, new SplittableRandom(2));
    dials.found(peer("a", at("10.0.0.2", 3282)), now);
    run(30);
    assertThat(made).hasSize(1);
  }
}
