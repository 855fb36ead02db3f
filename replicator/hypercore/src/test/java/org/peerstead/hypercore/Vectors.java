package org.peerstead.hypercore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Objects;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Files made with npm hypercore 11.39.5, hypercore-crypto 3.7.0, compact-encoding 3.5.2,
 * noise-handshake 4.2.0, sodium-secretstream 1.2.0 and &#64;hyperswarm/secret-stream 6.9.2.
 */
public final class Vectors {
  private Vectors() {}

  /** The content of {@code vectors/name}. */
  public static JsonNode load(String name) {
    try (InputStream file = Vectors.class.getResourceAsStream("/vectors/" + name)) {
      return new ObjectMapper().readTree(Objects.requireNonNull(file, name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes of a field that holds hexadecimal digits. */
  public static byte[] bytes(JsonNode node, String field) {
    return HexFormat.of().parseHex(node.get(field).asText());
  }

  /** Bytes of a field as a slice. */
  public static Slice slice(JsonNode node, String field) {
    return Slice.of(bytes(node, field));
  }

  /** A 32 byte field. */
  public static Fixed32 fixed32(JsonNode node, String field) {
    return Fixed32.of(bytes(node, field));
  }

  /** The key pair whose seed is in a field. */
  public static KeyPair keyPair(JsonNode node, String field) {
    return KeyPair.fromSeed(bytes(node, field));
  }
}
