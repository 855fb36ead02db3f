package org.peerstead.discovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Files made with npm hyperdht 6.34.0, dht-rpc 6.27.0, hypercore-crypto 3.7.0 and noise-curve-ed
 * 2.1.0. Bytes come from those packages, decoded fields from another program.
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

  /** Whether a field is missing or null. */
  public static boolean isAbsent(JsonNode node, String field) {
    return node.path(field).isMissingNode() || node.path(field).isNull();
  }

  /** Bytes of a field that holds hexadecimal digits. */
  public static byte[] bytes(JsonNode node, String field) {
    return HexFormat.of().parseHex(node.get(field).asText());
  }

  /** Bytes of a field as a slice. */
  public static Slice slice(JsonNode node, String field) {
    return Slice.of(bytes(node, field));
  }

  /** Bytes of a field that may be null. */
  public static @Nullable Slice sliceOrNull(JsonNode node, String field) {
    return isAbsent(node, field) ? null : slice(node, field);
  }

  /** A 32 byte field. */
  public static Fixed32 fixed32(JsonNode node, String field) {
    return Fixed32.of(bytes(node, field));
  }

  /** A 32 byte field that may be null. */
  public static @Nullable Fixed32 fixed32OrNull(JsonNode node, String field) {
    return isAbsent(node, field) ? null : fixed32(node, field);
  }

  /** The key pair whose seed is in a field. */
  public static KeyPair keyPair(JsonNode node, String field) {
    return KeyPair.fromSeed(bytes(node, field));
  }

  /** An object with {@code host} and {@code port}. */
  public static NodeAddress address(JsonNode node) {
    return new NodeAddress(
        NodeAddress.parseHost(node.get("host").asText()), node.get("port").asInt());
  }

  /** An address that may be null. */
  public static @Nullable NodeAddress addressOrNull(JsonNode node, String field) {
    return isAbsent(node, field) ? null : address(node.get(field));
  }

  /** A list of addresses; none when it is missing or null. */
  public static List<NodeAddress> addresses(JsonNode node, String field) {
    List<NodeAddress> addresses = new ArrayList<>();
    node.path(field).forEach(each -> addresses.add(address(each)));
    return addresses;
  }
}
