package org.peerstead.discovery.rpc.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Response;

/** Numbers, retries, congestion and bounds of our own requests. */
final class RequestsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final NodeAddress PEER = NodeAddress.parse("192.0.2.1:1000");

  private final List<byte[]> sent = new ArrayList<>();
  private final List<DropReason> drops = new ArrayList<>();
  private final Transport transport =
      new Transport() {
        @Override
        public void send(SocketSide socket, NodeAddress to, byte[] packet) {
          sent.add(packet);
        }

        @Override
        public int localPort(SocketSide socket) {
          return 1;
        }
      };
  private final RpcListener listener =
      new RpcListener() {
        @Override
        public void dropped(DropReason reason, NodeAddress from) {
          drops.add(reason);
        }
      };
  private final Requests requests = new Requests(transport, listener, new SplittableRandom(1), 0);

  private int failures;
  private int slows;

  private final Requests.Watcher watcher =
      new Requests.Watcher() {
        @Override
        public void slow(long nowNanos) {
          slows++;
        }

        @Override
        public void replied(Reply reply, long nowNanos) {}

        @Override
        public void failed(long nowNanos) {
          failures++;
        }
      };

  private void ask(long now) {
    requests.send(
        SocketSide.CLIENT,
        null,
        PEER,
        OutgoingRequest.ping(),
        Requests.TIMEOUT_NANOS,
        watcher,
        now);
  }

  private static int transaction(byte[] packet) {
    return (packet[2] & 0xff) | (packet[3] & 0xff) << 8;
  }

  private Requests.@Nullable Outstanding answer(int transaction, NodeAddress from, long now) {
    return requests.take(
        new Response(transaction, PEER, null, null, List.of(), 0, null), from, now);
  }

  private void advanceTo(long end) {
    while (requests.nextDeadlineNanos() <= end) {
      requests.advance(requests.nextDeadlineNanos());
    }
  }

  @Test
  void silence_shouldEndInFailureAfterFourSendings() {
    ask(0);

    advanceTo(60 * SECOND);

    assertThat(sent).hasSize(4);
    assertThat(sent.stream().map(RequestsTest::transaction).distinct()).hasSize(1);
    assertThat(slows).isEqualTo(1);
    assertThat(failures).isEqualTo(1);
    assertThat(requests.outstanding()).isZero();
    assertThat(requests.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void answer_shouldCountOnceAndOnlyFromWhomWasAsked() {
    ask(0);
    int transaction = transaction(sent.getFirst());

    assertThat(answer(transaction, PEER.withPort(2), SECOND / 2)).isNull();
    assertThat(answer((transaction + 1) & 0xffff, PEER, SECOND / 2)).isNull();
    assertThat(answer(transaction, PEER, SECOND / 2)).isNotNull();
    assertThat(answer(transaction, PEER, SECOND / 2)).isNull();

    assertThat(drops)
        .containsExactly(
            DropReason.WRONG_RESPONDER,
            DropReason.UNEXPECTED_RESPONSE,
            DropReason.UNEXPECTED_RESPONSE);
    advanceTo(60 * SECOND);
    assertThat(sent).hasSize(1);
    assertThat(failures).isZero();
  }

  @Test
  void manyRequests_shouldWaitForTheCongestionWindow() {
    for (int i = 0; i < 500; i++) {
      ask(0);
    }

    assertThat(sent).hasSize(CongestionWindow.MAX_PER_SLOT);
    advanceTo(700_000_000L);
    assertThat(sent).hasSize(CongestionWindow.MAX_PER_SLOT);
    advanceTo(760_000_000L);
    assertThat(sent).hasSize(2 * CongestionWindow.MAX_PER_SLOT);
    advanceTo(600 * SECOND);
    assertThat(failures).isEqualTo(500);
  }

  @Test
  void answers_shouldMakeRoom() {
    for (int i = 0; i < 100; i++) {
      ask(0);
    }
    for (byte[] packet : List.copyOf(sent)) {
      assertThat(answer(transaction(packet), PEER, 1_000)).isNotNull();
    }
    requests.advance(2_000);

    assertThat(sent).hasSize(100);
  }

  @Test
  void tooManyRequests_shouldFailWithoutBeingKept() {
    for (int i = 0; i < Requests.MAX_OUTSTANDING + 10; i++) {
      ask(0);
    }

    assertThat(requests.outstanding()).isEqualTo(Requests.MAX_OUTSTANDING);
    assertThat(failures).isZero();
    requests.advance(0);
    assertThat(failures).isEqualTo(10);
    assertThat(requests.outstanding()).isEqualTo(Requests.MAX_OUTSTANDING);
  }

  @Test
  void failAll_shouldEndEveryRequestOnce() {
    for (int i = 0; i < Requests.MAX_OUTSTANDING + 10; i++) {
      ask(0);
    }
    requests.failAll(1);
    requests.advance(60 * SECOND);

    assertThat(failures).isEqualTo(Requests.MAX_OUTSTANDING + 10);
    assertThat(requests.outstanding()).isZero();
  }
}
