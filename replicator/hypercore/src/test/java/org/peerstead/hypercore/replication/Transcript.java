package org.peerstead.hypercore.replication;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.wire.HypercoreCodec;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * What two npm hypercores 11.39.5 said to each other: one protomux message a line, in the order of
 * the writes of one process.
 */
final class Transcript {
  /** One message of a channel, or of the multiplexer itself. */
  record Item(long channel, int type, Slice payload) {
    /** The message, or null for one of the multiplexer. */
    @Nullable HypercoreMessage message() {
      try {
        return channel == 0 ? null : HypercoreCodec.decode(type, payload);
      } catch (MalformedMessageException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public String toString() {
      return channel + "/" + type + " " + payload.toHex() + " " + message();
    }
  }

  /** One line. */
  record Line(boolean isInitiator, Slice message) {}

  final JsonNode info;
  final List<Line> lines = new ArrayList<>();

  private Transcript(JsonNode info, String name) {
    this.info = info;
    try (InputStream file =
        Transcript.class.getResourceAsStream("/vectors/transcripts/" + name + ".txt")) {
      String text =
          new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.US_ASCII);
      for (String line : text.split("\n")) {
        lines.add(new Line(line.startsWith("i"), Slice.fromHex(line.substring(1).trim())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Transcript load(String name) {
    for (JsonNode scenario : Vectors.load("transcripts/index.json").get("scenarios")) {
      if (scenario.get("name").asText().equals(name)) {
        return new Transcript(scenario, name);
      }
    }
    throw new AssertionError(name);
  }

  /** The hash of the handshake, the same in all of them. */
  static Slice handshakeHash() {
    return Vectors.slice(load("full-5").info, "handshakeHash");
  }

  /** Everything one side said. */
  List<Item> said(boolean isInitiator) {
    List<Item> items = new ArrayList<>();
    for (Line line : lines) {
      if (line.isInitiator() == isInitiator) {
        items.addAll(items(line.message()));
      }
    }
    return items;
  }

  /** What a message of the multiplexer holds. */
  static List<Item> items(Slice message) {
    List<Item> items = new ArrayList<>();
    try {
      CompactReader reader = message.reader();
      if (!reader.hasRemaining()) {
        return items;
      }
      long channel = reader.uint();
      int type = (int) reader.uint();
      if (channel != 0 || type != 0) {
        items.add(new Item(channel, type, reader.raw()));
        return items;
      }
      channel = reader.uint();
      while (reader.hasRemaining()) {
        CompactReader item = reader.frame(Integer.MAX_VALUE);
        if (item.hasRemaining()) {
          items.add(new Item(channel, (int) item.uint(), item.raw()));
        } else {
          channel = reader.uint();
        }
      }
    } catch (EncodingException e) {
      throw new AssertionError(e);
    }
    return items;
  }

  /** A block as the generator makes it. */
  static Slice block(String label, long index, int size) {
    byte[] bytes = new byte[0];
    for (int i = 0; bytes.length < size; i++) {
      byte[] part = sha256(label + ":" + index + ":" + i);
      bytes = Arrays.copyOf(bytes, bytes.length + part.length);
      System.arraycopy(part, 0, bytes, bytes.length - part.length, part.length);
    }
    return Slice.of(bytes, 0, size);
  }

  /** Blocks of the usual sizes. */
  static List<Slice> blocks(String label, int from, int to) {
    List<Slice> blocks = new ArrayList<>();
    for (int i = from; i < to; i++) {
      blocks.add(block(label, i, 20 + i % 7));
    }
    return blocks;
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
