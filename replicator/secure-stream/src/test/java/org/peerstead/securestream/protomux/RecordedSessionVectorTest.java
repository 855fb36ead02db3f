package org.peerstead.securestream.protomux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.securestream.Vectors.bytes;
import static org.peerstead.securestream.Vectors.keyPair;
import static org.peerstead.securestream.Vectors.slice;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.Vectors;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.Role;
import org.peerstead.securestream.stream.SecretStream;
import org.peerstead.securestream.stream.SecretStreamConfig;

/**
 * A session of two npm hypercore 11.39.5 peers over TCP that replicate five blocks: every encrypted
 * byte is read, and written again by our own two ends; so is every protomux message.
 */
class RecordedSessionVectorTest {
  private static final JsonNode RAW = Vectors.load("raw-5.json");
  private static final SecretStreamConfig QUIET = new SecretStreamConfig(0xffffff, 1 << 20, 0, 0);

  private record Frame(boolean isFromInitiator, Slice bytes) {}

  /** The recorded bytes of both directions, cut into frames with their length. */
  private static List<Frame> frames() {
    List<Frame> frames = new ArrayList<>();
    Map<String, String> unfinished = new HashMap<>(Map.of("i", "", "r", ""));
    for (JsonNode chunk : RAW.get("chunks")) {
      String side = chunk.get(0).asText();
      String hex = unfinished.get(side) + chunk.get(1).asText();
      while (hex.length() >= 6) {
        byte[] length = HexFormat.of().parseHex(hex.substring(0, 6));
        int end = 6 + 2 * ((length[0] & 0xff) | (length[1] & 0xff) << 8 | (length[2] & 0xff) << 16);
        if (hex.length() < end) {
          break;
        }
        frames.add(new Frame(side.equals("i"), Slice.fromHex(hex.substring(0, end))));
        hex = hex.substring(end);
      }
      unfinished.put(side, hex);
    }
    assertThat(unfinished).containsEntry("i", "").containsEntry("r", "");
    return frames;
  }

  /** The ephemeral seed, then the secretstream header, as npm drew them. */
  private static Entropy recorded(String seedField, List<Frame> frames, boolean isInitiator) {
    Slice header =
        frames.stream()
            .filter(frame -> frame.isFromInitiator() == isInitiator)
            .map(Frame::bytes)
            .filter(bytes -> bytes.length() == 3 + SecretStream.HEADER_FRAME_BYTES)
            .findFirst()
            .orElseThrow()
            .range(3 + 32, 3 + 56);
    Iterator<byte[]> draws = List.of(bytes(RAW, seedField), header.toByteArray()).iterator();
    return target -> System.arraycopy(draws.next(), 0, target, 0, target.length);
  }

  /** One of our ends, and what it made of the session. */
  private static final class End {
    final SecretStream stream;
    final List<Slice> transmitted = new ArrayList<>();
    final List<Slice> messages = new ArrayList<>();

    End(SecretStream stream) {
      this.stream = stream;
      drain();
    }

    void drain() {
      for (var output = stream.poll(); output != null; output = stream.poll()) {
        switch (output) {
          case SecretStream.Output.Transmit(Slice bytes) -> transmitted.add(bytes);
          case SecretStream.Output.Message(Slice plain) -> messages.add(plain);
          case SecretStream.Output.Connected connected ->
              assertThat(connected.session().handshakeHash())
                  .isEqualTo(slice(RAW, "handshakeHash"));
          case SecretStream.Output.Ended ended -> throw new AssertionError("ended");
          case SecretStream.Output.Failed failed -> throw new AssertionError(failed.toString());
        }
      }
    }
  }

  @Test
  void everyByte_shouldBeReadAndWrittenTheSame() {
    List<Frame> frames = frames();
    End initiator =
        new End(
            SecretStream.overRawStream(
                Role.INITIATOR,
                keyPair(RAW, "initiatorStaticSeed"),
                recorded("initiatorEphemeralSeed", frames, true),
                QUIET,
                0));
    End responder =
        new End(
            SecretStream.overRawStream(
                Role.RESPONDER,
                keyPair(RAW, "responderStaticSeed"),
                recorded("responderEphemeralSeed", frames, false),
                QUIET,
                0));
    List<String> plain = new ArrayList<>();
    int recordedBytes = 0;
    for (Frame frame : frames) {
      End from = frame.isFromInitiator() ? initiator : responder;
      End to = frame.isFromInitiator() ? responder : initiator;
      int before = to.messages.size();
      to.stream.receive(0, frame.bytes());
      to.drain();
      if (to.messages.size() > before) {
        Slice message = to.messages.getLast();
        plain.add((frame.isFromInitiator() ? "i " : "r ") + message.toHex());
        assertThat(from.stream.send(0, message)).isTrue();
        from.drain();
      }
      assertThat(from.transmitted.removeFirst()).isEqualTo(frame.bytes());
      recordedBytes += frame.bytes().length();
    }
    assertThat(initiator.transmitted).isEmpty();
    assertThat(responder.transmitted).isEmpty();
    assertThat(initiator.stream.state()).isEqualTo(SecretStream.State.OPEN);
    assertThat(responder.stream.state()).isEqualTo(SecretStream.State.OPEN);
    assertThat(recordedBytes).isGreaterThan(1_500);
    // The order of the two directions is that of the recorder, which sat elsewhere: compare each.
    for (String side : List.of("i ", "r ")) {
      assertThat(plain.stream().filter(line -> line.startsWith(side)).toList())
          .isEqualTo(transcript().stream().filter(line -> line.startsWith(side)).toList());
    }
  }

  @Test
  void everyMessage_shouldBeDecodedAndEncodedTheSame() {
    List<Slice> fromInitiator = plain("i ");
    List<Slice> fromResponder = plain("r ");
    var opened = firstOpen(fromInitiator.getFirst());
    var answered = firstOpen(fromResponder.getFirst());
    assertThat(opened.name().protocol()).isEqualTo("hypercore/alpha");
    assertThat(opened.name()).isEqualTo(answered.name());

    Protomux initiator = new Protomux(ProtomuxConfig.DEFAULT);
    Channel initiatorChannel = initiator.open(opened.name(), List.of(), opened.handshake());
    assertThat(transmitted(initiator)).containsExactly(fromInitiator.getFirst());
    Protomux responder = new Protomux(ProtomuxConfig.DEFAULT);
    responder.receive(fromInitiator.getFirst());
    assertThat(responder.poll()).isEqualTo(opened);
    Channel responderChannel =
        responder.open(answered.name(), List.of("hypercore"), answered.handshake());
    assertThat(responder.poll()).isEqualTo(new Protomux.Output.Transmit(fromResponder.getFirst()));
    assertThat(responder.poll())
        .isEqualTo(new Protomux.Output.Opened(responderChannel, opened.handshake()));
    initiator.receive(fromResponder.getFirst());
    assertThat(initiator.poll())
        .isEqualTo(new Protomux.Output.Opened(initiatorChannel, answered.handshake()));

    relay(fromInitiator, responder, initiator, initiatorChannel);
    relay(fromResponder, initiator, responder, responderChannel);
  }

  /** Lets {@code reader} decode each message and {@code writer} encode what came out. */
  private static void relay(
      List<Slice> recorded, Protomux reader, Protomux writer, Channel channel) {
    for (Slice message : recorded.subList(1, recorded.size())) {
      boolean isBatch = message.range(0, 2).toHex().equals("0000");
      reader.receive(message);
      if (isBatch) {
        writer.cork();
      }
      int items = 0;
      for (var output = reader.poll(); output != null; output = reader.poll()) {
        if (!(output instanceof Protomux.Output.Message item)) {
          throw new AssertionError(output.toString());
        }
        writer.send(channel, item.type(), item.payload());
        items++;
      }
      if (isBatch) {
        writer.uncork();
      }
      assertThat(items).isPositive();
      assertThat(transmitted(writer)).containsExactly(message);
    }
  }

  private static Protomux.Output.OpenRequested firstOpen(Slice message) {
    Protomux reader = new Protomux(ProtomuxConfig.DEFAULT);
    reader.receive(message);
    return (Protomux.Output.OpenRequested) Objects.requireNonNull(reader.poll());
  }

  private static List<Slice> transmitted(Protomux mux) {
    List<Slice> messages = new ArrayList<>();
    for (var output = mux.poll(); output != null; output = mux.poll()) {
      messages.add(((Protomux.Output.Transmit) output).message());
    }
    return messages;
  }

  private static List<Slice> plain(String side) {
    return transcript().stream()
        .filter(line -> line.startsWith(side))
        .map(line -> Slice.fromHex(line.substring(2)))
        .filter(message -> !message.isEmpty())
        .toList();
  }

  /** What the recorder saw behind the encryption, as "side hex". */
  private static List<String> transcript() {
    List<String> lines = new ArrayList<>();
    for (JsonNode message : RAW.get("plain")) {
      lines.add(message.get(0).asText() + " " + message.get(1).asText());
    }
    return lines;
  }
}
