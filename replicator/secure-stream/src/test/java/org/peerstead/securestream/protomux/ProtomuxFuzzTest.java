package org.peerstead.securestream.protomux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.protomux.Protomux.Output;
import org.peerstead.simulation.SeededCases;

/** Hostile messages end in a typed failure; two honest ends never disagree. */
class ProtomuxFuzzTest {
  private static final ProtomuxConfig SMALL = new ProtomuxConfig(8, 20, 8_000, 600, 100);

  @Test
  void anyMessages_shouldBeIgnoredHandledOrRefused() {
    SeededCases.of("random messages", 31, 3_000)
        .run(random -> {
          Protomux mux = new Protomux(SMALL);
          Channel own = mux.open(new ChannelName("p", Slice.EMPTY), List.of(), Slice.EMPTY);
          for (int i = 0; i < 30; i++) {
            mux.receive(Slice.of(hostile(random)));
            Output last = null;
            for (Output output = mux.poll(); output != null; output = mux.poll()) {
              assertThat(last instanceof Output.Failed).isFalse();
              if (output instanceof Output.OpenRequested requested) {
                switch (random.nextInt(3)) {
                  case 0 -> mux.reject(requested.name());
                  case 1 -> {
                    // Unanswered for ever.
                  }
                  default -> {
                    if (!mux.hasFailed() && random.nextInt(3) == 0) {
                      mux.reject(requested.name());
                    }
                  }
                }
              }
              last = output;
            }
            assertThat(last instanceof Output.Failed && !mux.hasFailed()).isFalse();
            assertThat(mux.bufferedBytes()).isBetween(0, 8_000);
          }
          if (mux.hasFailed()) {
            assertThat(own.state()).isEqualTo(Channel.State.CLOSED);
          }
        });
  }

  /** Mostly well-formed control messages with small numbers, so that they get far. */
  private static byte[] hostile(RandomGenerator random) {
    byte[] bytes = new byte[random.nextInt(40)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          switch (random.nextInt(6)) {
            case 0 -> (byte) random.nextInt();
            case 1 -> (byte) 'p';
            default -> (byte) random.nextInt(4);
          };
    }
    if (bytes.length > 6 && random.nextBoolean()) {
      byte[] open = {0, 1, (byte) (1 + random.nextInt(4)), 1, 'p', 0};
      System.arraycopy(open, 0, bytes, 0, open.length);
    }
    return bytes;
  }

  /** One end with its half of the wire. */
  private static final class End {
    final Protomux mux = new Protomux(new ProtomuxConfig(1_000, 20, 1 << 20, 600, 100));
    final Deque<Slice> wire = new ArrayDeque<>();
    final List<Channel> channels = new ArrayList<>();
    final List<ChannelName> asked = new ArrayList<>();

    void drain() {
      for (Output output = mux.poll(); output != null; output = mux.poll()) {
        switch (output) {
          case Output.Transmit(Slice message) -> wire.add(message);
          case Output.OpenRequested(ChannelName name, Slice handshake) -> asked.add(name);
          case Output.Closed(Channel channel) ->
              assertThat(channel.state()).isEqualTo(Channel.State.CLOSED);
          case Output.Rejected(Channel channel) ->
              assertThat(channel.state()).isEqualTo(Channel.State.CLOSED);
          case Output.Message(Channel channel, int type, Slice payload) ->
              // The payload names the channel it was sent on.
              assertThat(payload).isEqualTo(channel.name().id());
          case Output.Opened opened -> assertThat(opened.channel().state()).isNotNull();
          case Output.Failed failed -> throw new AssertionError(failed.toString());
        }
      }
    }

    boolean isOpening(ChannelName name) {
      return channels.stream()
          .anyMatch(
              channel -> channel.name().equals(name) && channel.state() != Channel.State.CLOSED);
    }
  }

  @Test
  void honestEnds_shouldNeverDisagree() {
    SeededCases.of("two ends", 32, 1_500)
        .run(random -> {
          End[] ends = {new End(), new End()};
          for (int step = 0; step < 60; step++) {
            End end = ends[random.nextInt(2)];
            act(end, ends, random);
            end.drain();
          }
          // All is delivered and all is answered or closed: no id may be left in use.
          for (int round = 0; round < 6; round++) {
            for (int side = 0; side < 2; side++) {
              deliverAll(ends[side], ends[1 - side]);
              ends[1 - side].asked.forEach(ends[1 - side].mux::reject);
              ends[1 - side].asked.clear();
              ends[side].channels.forEach(ends[side].mux::close);
              ends[0].drain();
              ends[1].drain();
            }
          }
          for (End end : ends) {
            assertThat(end.mux.bufferedBytes()).isZero();
            assertThat(end.mux.hasFailed()).isFalse();
            Channel fresh = end.mux.open(name(9), List.of(), Slice.EMPTY);
            assertThat(fresh.localId()).isEqualTo(1);
          }
        });
  }

  private static void act(End end, End[] ends, RandomGenerator random) {
    End other = end == ends[0] ? ends[1] : ends[0];
    ChannelName name = name(random.nextInt(4));
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        if (!end.isOpening(name) && end.channels.size() < 6) {
          end.channels.add(end.mux.open(name, List.of(), Slice.EMPTY));
          end.asked.remove(name);
        }
      }
      case 2 -> {
        if (!end.asked.isEmpty()) {
          end.mux.reject(end.asked.removeFirst());
        }
      }
      case 3 -> {
        if (!end.channels.isEmpty()) {
          end.mux.close(end.channels.remove(random.nextInt(end.channels.size())));
        }
      }
      case 4, 5 -> {
        end.mux.cork();
        for (Channel channel : end.channels) {
          end.mux.send(channel, random.nextInt(300), channel.name().id());
        }
        end.mux.uncork();
      }
      default -> {
        Slice message = other.wire.poll();
        if (message != null) {
          end.mux.receive(message);
        }
      }
    }
    end.channels.removeIf(channel -> channel.state() == Channel.State.CLOSED);
  }

  private static void deliverAll(End from, End to) {
    for (Slice message = from.wire.poll(); message != null; message = from.wire.poll()) {
      to.mux.receive(message);
      to.drain();
    }
  }

  private static ChannelName name(int number) {
    return new ChannelName("p", Slice.of(new byte[] {(byte) number}));
  }
}
