package org.peerstead.discovery.hyperdht.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.Vectors;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Whatever the bytes are: a record that survives its own codec, or a typed refusal. */
class MessageFuzzTest {
  @FunctionalInterface
  private interface Decoder<T> {
    T decode(Slice bytes) throws EncodingException;
  }

  private record Codec<T>(Decoder<T> decoder, Function<T, Slice> encoder) {
    void check(Slice bytes) throws EncodingException {
      T message;
      try {
        message = decoder.decode(bytes);
      } catch (EncodingException e) {
        return;
      }
      Slice again = encoder.apply(message);
      // Only a missing bump is written where nothing was read.
      assertThat(again.length()).isLessThanOrEqualTo(bytes.length() + 1);
      assertThat(decoder.decode(again)).isEqualTo(message);
    }
  }

  private static final List<Codec<?>> CODECS =
      List.of(
          new Codec<>(PeerRecord::decode, PeerRecord::encode),
          new Codec<>(LookupReply::decode, LookupReply::encode),
          new Codec<>(AnnounceMessage::decode, AnnounceMessage::encode),
          new Codec<>(MutablePut::decode, MutablePut::encode),
          new Codec<>(MutableValue::decode, MutableValue::encode),
          new Codec<>(HandshakeMessage::decode, HandshakeMessage::encode),
          new Codec<>(HolepunchMessage::decode, HolepunchMessage::encode),
          new Codec<>(PluginMessage::decode, PluginMessage::encode),
          new Codec<>(NoisePayload::decode, NoisePayload::encode),
          new Codec<>(HolepunchPayload::decode, HolepunchPayload::encode));

  @Test
  void everyDecoder_shouldSurviveAnyBytes() {
    SeededCases.of("random values", 20261125, 5_000)
        .run(random -> {
          Slice bytes = Slice.of(hostile(random));
          for (Codec<?> codec : CODECS) {
            codec.check(bytes);
          }
        });
  }

  @Test
  void everyDecoder_shouldSurviveChangedValues() throws Exception {
    List<byte[]> values = new ArrayList<>();
    for (JsonNode exchange : Vectors.load("packets.json").get("packets")) {
      addValue(values, exchange.get("request"));
      for (JsonNode each : exchange.path("sent")) {
        addValue(values, each);
      }
    }
    JsonNode noise = Vectors.load("noise.json");
    values.add(Vectors.bytes(noise.get("message1"), "payloadHex"));
    values.add(Vectors.bytes(noise.get("message2"), "payloadHex"));
    values.add(Vectors.bytes(Vectors.load("holepunch-payload.json"), "plainHex"));
    SeededCases.of("changed values", 20261126, 5_000)
        .run(random -> {
          byte[] original = values.get(random.nextInt(values.size()));
          byte[] bytes = Arrays.copyOf(original, random.nextInt(original.length + 5));
          for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            bytes[at] =
                (byte)
                    (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
          }
          for (Codec<?> codec : CODECS) {
            codec.check(Slice.of(bytes));
          }
        });
  }

  private static void addValue(List<byte[]> values, JsonNode packet) throws Exception {
    Slice value =
        switch (RpcCodec.decode(Vectors.slice(packet, "hex"))) {
          case Request request -> request.value();
          case Response response -> response.value();
        };
    if (value != null) {
      values.add(value.toByteArray());
    }
  }

  /** Random bytes with many small numbers and width markers, so that decoders get far. */
  private static byte[] hostile(RandomGenerator random) {
    byte[] bytes = new byte[random.nextInt(300)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt(10);
            case 1 -> (byte) (0xfb + random.nextInt(5));
            default -> (byte) random.nextInt();
          };
    }
    return bytes;
  }
}
