package org.peerstead.securestream.protomux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.protomux.Protomux.Failure;
import org.peerstead.securestream.protomux.Protomux.Output;

class ProtomuxTest {
  private static final ChannelName NAME = new ChannelName("test/1", Slice.fromHex("aabb"));
  private static final Slice HELLO = Slice.fromHex("68656c6c6f");
  private static final ProtomuxConfig SMALL = new ProtomuxConfig(4, 100, 3_000, 600, 1 << 20);

  private final Protomux a = new Protomux(SMALL);
  private final Protomux b = new Protomux(SMALL);

  /** Delivers what {@code from} sends, and what comes back; the rest of both ends' outputs. */
  private static List<Output> pass(Protomux from, Protomux other) {
    List<Output> rest = new ArrayList<>();
    List<Slice> back = deliver(drain(from, rest), other, rest);
    assertThat(deliver(back, from, rest)).isEmpty();
    return rest;
  }

  private static List<Slice> deliver(List<Slice> messages, Protomux to, List<Output> rest) {
    List<Slice> sent = new ArrayList<>();
    for (Slice message : messages) {
      to.receive(message);
      sent.addAll(drain(to, rest));
    }
    return sent;
  }

  private static List<Slice> drain(Protomux mux, List<Output> rest) {
    List<Slice> sent = new ArrayList<>();
    for (Output output = mux.poll(); output != null; output = mux.poll()) {
      if (output instanceof Output.Transmit(Slice message)) {
        sent.add(message);
      } else {
        rest.add(output);
      }
    }
    return sent;
  }

  private static Failure failureAfter(Protomux mux, Slice message) {
    mux.receive(message);
    Failure failure = null;
    for (Output output = mux.poll(); output != null; output = mux.poll()) {
      if (output instanceof Output.Failed(Failure reason, String why)) {
        failure = reason;
      }
    }
    return failure;
  }

  private static Slice openMessage(int id, String protocol) {
    return new CompactWriter()
        .uint(0)
        .uint(1)
        .uint(id)
        .string(protocol)
        .buffer(Slice.EMPTY)
        .toSlice();
  }

  @Test
  void open_shouldPairWhenBothSidesAsk() {
    Channel left = a.open(NAME, List.of(), HELLO);
    Channel right = b.open(NAME, List.of(), Slice.EMPTY);
    assertThat(left.state()).isEqualTo(Channel.State.OPENING);
    Output toB = a.poll();
    Output toA = b.poll();
    b.receive(((Output.Transmit) toB).message());
    a.receive(((Output.Transmit) toA).message());
    assertThat(b.poll()).isEqualTo(new Output.Opened(right, HELLO));
    assertThat(a.poll()).isEqualTo(new Output.Opened(left, Slice.EMPTY));
  }

  @Test
  void data_shouldWaitForTheSlowerSide() {
    Channel left = a.open(NAME, List.of(), Slice.EMPTY);
    a.send(left, 3, HELLO);
    a.send(left, 0, Slice.EMPTY);
    assertThat(pass(a, b)).containsExactly(new Output.OpenRequested(NAME, Slice.EMPTY));
    assertThat(b.isReadingPaused()).isTrue();
    assertThat(b.bufferedBytes()).isEqualTo(512 + 2 + 512 + 5 + 512);
    Channel right = b.open(NAME, List.of(), Slice.EMPTY);
    assertThat(b.bufferedBytes()).isZero();
    assertThat(b.isReadingPaused()).isFalse();
    assertThat(pass(b, a))
        .containsExactly(
            new Output.Opened(right, Slice.EMPTY),
            new Output.Message(right, 3, HELLO),
            new Output.Message(right, 0, Slice.EMPTY),
            new Output.Opened(left, Slice.EMPTY));
  }

  @Test
  void aliases_shouldPairWithOtherNames() {
    Channel left = a.open(new ChannelName("test", NAME.id()), List.of("test/1"), Slice.EMPTY);
    pass(a, b);
    Channel right = b.open(NAME, List.of("test"), Slice.EMPTY);
    pass(b, a);
    assertThat(left.state()).isEqualTo(Channel.State.OPEN);
    assertThat(right.state()).isEqualTo(Channel.State.OPEN);
    Channel second = b.open(new ChannelName("new", NAME.id()), List.of("old"), Slice.EMPTY);
    Channel old = a.open(new ChannelName("old", NAME.id()), List.of("new"), Slice.EMPTY);
    Output toA = b.poll();
    pass(a, b);
    a.receive(((Output.Transmit) toA).message());
    assertThat(second.state()).isEqualTo(Channel.State.OPEN);
    assertThat(old.state()).isEqualTo(Channel.State.OPEN);
  }

  @Test
  void reject_shouldFreeTheNameForLater() {
    Channel first = a.open(NAME, List.of(), Slice.EMPTY);
    pass(a, b);
    b.reject(NAME);
    b.reject(NAME);
    assertThat(pass(b, a)).containsExactly(new Output.Rejected(first));
    assertThat(first.state()).isEqualTo(Channel.State.CLOSED);
    Channel again = a.open(NAME, List.of(), Slice.EMPTY);
    assertThat(again.localId()).isEqualTo(1);
    assertThat(pass(a, b)).containsExactly(new Output.OpenRequested(NAME, Slice.EMPTY));
  }

  @Test
  void close_shouldBeSilentOnOurSideAndSeenOnTheOther() {
    Channel left = a.open(NAME, List.of(), Slice.EMPTY);
    pass(a, b);
    Channel right = b.open(NAME, List.of(), Slice.EMPTY);
    pass(b, a);
    a.close(left);
    a.close(left);
    b.send(right, 1, HELLO);
    assertThat(pass(a, b).getLast()).isEqualTo(new Output.Closed(right));
    // What was on its way is dropped.
    assertThat(pass(b, a)).isEmpty();
    a.send(left, 1, HELLO);
    assertThat(a.poll()).isNull();
    assertThat(a.hasFailed()).isFalse();
  }

  @Test
  void close_shouldKeepTheIdUntilTheAnswerCame() {
    Channel left = a.open(NAME, List.of(), Slice.EMPTY);
    a.close(left);
    Channel other = a.open(new ChannelName("x", Slice.EMPTY), List.of(), Slice.EMPTY);
    assertThat(other.localId()).isEqualTo(2);
    List<Output> outputs = pass(a, b);
    assertThat(outputs).contains(new Output.OpenRequested(NAME, Slice.EMPTY));
    assertThat(pass(b, a)).isEmpty();
    assertThat(a.hasFailed()).isFalse();
    assertThat(b.bufferedBytes()).isEqualTo(512);
    assertThat(a.open(NAME, List.of(), Slice.EMPTY).localId()).isEqualTo(1);
  }

  @Test
  void crossingOpenAndClose_shouldLeaveNothingBehind() {
    Channel left = a.open(NAME, List.of(), Slice.EMPTY);
    a.close(left);
    Channel right = b.open(NAME, List.of(), Slice.EMPTY);
    Output fromB = b.poll();
    pass(a, b);
    assertThat(right.state()).isEqualTo(Channel.State.CLOSED);
    a.receive(((Output.Transmit) fromB).message());
    assertThat(a.poll()).isNull();
    assertThat(a.hasFailed()).isFalse();
    assertThat(a.open(NAME, List.of(), Slice.EMPTY).localId()).isEqualTo(1);
  }

  @Test
  void cork_shouldMakeOneMessageOfMany() {
    a.cork();
    Channel one = a.open(NAME, List.of(), Slice.EMPTY);
    a.cork();
    a.send(one, 1, HELLO);
    a.send(one, 2, HELLO);
    a.uncork();
    assertThat(a.poll()).isNull();
    a.uncork();
    Slice message = ((Output.Transmit) a.poll()).message();
    assertThat(message.toHex())
        .isEqualTo(
            "000000"
                + "0c0101"
                + "06746573742f31"
                + "02aabb"
                + "0001"
                + "060168656c6c6f"
                + "060268656c6c6f");
    b.receive(message);
    assertThatIllegalStateException().isThrownBy(() -> b.receive(message));
    assertThat(b.poll()).isEqualTo(new Output.OpenRequested(NAME, Slice.EMPTY));
    // The driver answers between two items of the batch.
    Channel right = b.open(NAME, List.of(), Slice.EMPTY);
    assertThat(pass(b, a))
        .containsExactly(
            new Output.Opened(right, Slice.EMPTY),
            new Output.Message(right, 1, HELLO),
            new Output.Message(right, 2, HELLO),
            new Output.Opened(one, Slice.EMPTY));
    assertThatIllegalStateException().isThrownBy(a::uncork);
  }

  @Test
  void largeBatches_shouldBeSentInParts() {
    Protomux mux = new Protomux(new ProtomuxConfig(4, 100, 3_000, 600, 20));
    Channel channel = mux.open(NAME, List.of(), Slice.EMPTY);
    mux.poll();
    mux.cork();
    for (int i = 0; i < 10; i++) {
      mux.send(channel, 1, HELLO);
    }
    mux.uncork();
    int messages = 0;
    while (mux.poll() != null) {
      messages++;
    }
    assertThat(messages).isBetween(3, 5);
  }

  @Test
  void unknownChannelsTypesAndKeepAlives_shouldBeIgnored() {
    for (String hex : List.of("", "0500ff", "0007aa", "000309", "000300")) {
      a.receive(Slice.fromHex(hex));
      assertThat(a.poll()).isNull();
    }
    assertThat(a.hasFailed()).isFalse();
    a.receive(openMessage(0, "x"));
    assertThat(a.poll()).isEqualTo(new Output.Transmit(Slice.fromHex("000200")));
  }

  @Test
  void ids_shouldBeFreeAndWithoutGaps() {
    assertThat(failureAfter(a, openMessage(2, "x"))).isEqualTo(Failure.BAD_CHANNEL_ID);
    assertThat(failureAfter(b, openMessage(1, "x"))).isNull();
    assertThat(failureAfter(b, openMessage(1, "y"))).isEqualTo(Failure.BAD_CHANNEL_ID);
    assertThat(b.hasFailed()).isTrue();
    assertThat(failureAfter(b, openMessage(2, "z"))).isNull();
    assertThatIllegalStateException().isThrownBy(() -> b.open(NAME, List.of(), Slice.EMPTY));
  }

  @Test
  void limits_shouldEndTheConnection() {
    for (int id = 1; id <= 4; id++) {
      assertThat(failureAfter(a, openMessage(id, "x" + id))).isNull();
    }
    assertThat(failureAfter(a, openMessage(5, "x5"))).isEqualTo(Failure.TOO_MANY_CHANNELS);
    assertThat(failureAfter(b, openMessage(1, "x"))).isNull();
    assertThat(
            failureAfter(
                b, new CompactWriter().uint(1).uint(0).raw(Slice.of(new byte[2_000])).toSlice()))
        .isEqualTo(Failure.TOO_MUCH_BUFFERED);
    assertThat(b.bufferedBytes()).isZero();
    Protomux c = new Protomux(SMALL);
    assertThat(failureAfter(c, openMessage(1, "x".repeat(101)))).isEqualTo(Failure.MALFORMED);
    Protomux d = new Protomux(SMALL);
    for (int i = 0; i < 4; i++) {
      d.open(new ChannelName("y" + i, Slice.EMPTY), List.of(), Slice.EMPTY);
    }
    assertThatIllegalStateException().isThrownBy(() -> d.open(NAME, List.of(), Slice.EMPTY));
  }

  @Test
  void rejectsOfNothing_shouldEndTheConnection() {
    assertThat(failureAfter(a, Slice.fromHex("000201"))).isEqualTo(Failure.BAD_REJECT);
  }

  @Test
  void batchesInBatches_shouldEndTheConnection() {
    assertThat(failureAfter(a, Slice.fromHex("000000" + "020000"))).isEqualTo(Failure.MALFORMED);
    assertThat(failureAfter(b, Slice.fromHex("000001" + "0500"))).isEqualTo(Failure.MALFORMED);
  }
}
