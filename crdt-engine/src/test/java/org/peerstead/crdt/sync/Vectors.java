package org.peerstead.crdt.sync;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.peerstead.crdt.model.ChangeHash;

/**
 * Entries of {@code automerge/sync.json}: transcripts made with {@code @automerge/automerge} 3.5.0.
 */
final class Vectors {
  private static final JsonNode SYNC = read("/automerge/sync.json");

  private Vectors() {}

  private static JsonNode read(String resource) {
    try (InputStream in = Vectors.class.getResourceAsStream(resource)) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in, resource));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode named(String name) {
    for (JsonNode entry : SYNC) {
      if (entry.path("name").asText().equals(name)) {
        return entry;
      }
    }
    throw new IllegalArgumentException("no vector " + name);
  }

  /** Names of the entries with a conversation. */
  static List<String> transcripts() {
    return names("messages");
  }

  /** Names of the entries whose name begins with {@code prefix}. */
  static List<String> withPrefix(String prefix) {
    List<String> names = new ArrayList<>();
    for (JsonNode entry : SYNC) {
      if (entry.path("name").asText().startsWith(prefix)) {
        names.add(entry.path("name").asText());
      }
    }
    return names;
  }

  private static List<String> names(String field) {
    List<String> names = new ArrayList<>();
    for (JsonNode entry : SYNC) {
      if (entry.has(field)) {
        names.add(entry.path("name").asText());
      }
    }
    return names;
  }

  static byte[] hex(JsonNode node) {
    return HexFormat.of().parseHex(node.asText());
  }

  static List<ChangeHash> hashes(JsonNode array) {
    List<ChangeHash> hashes = new ArrayList<>();
    for (JsonNode hash : array) {
      hashes.add(ChangeHash.fromHex(hash.asText()));
    }
    return hashes;
  }

  /** Every message of every transcript, in hexadecimal. */
  static List<String> messages() {
    List<String> messages = new ArrayList<>();
    for (String name : transcripts()) {
      for (JsonNode message : named(name).path("messages")) {
        messages.add(message.path("bytes").asText());
      }
    }
    return messages;
  }
}
