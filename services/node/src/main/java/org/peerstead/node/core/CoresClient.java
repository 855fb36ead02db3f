package org.peerstead.node.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.node.doc.JsonClient;
import org.peerstead.node.doc.JsonClient.NoNodeException;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;

/** Speaks the cores' REST API of a running node. Requests block; may be shared between threads. */
final class CoresClient implements AutoCloseable {
  private static final String CORES = "cores";

  private final JsonClient client;

  CoresClient(JsonClient client) {
    this.client = client;
  }

  /** Makes the core of this name, or finds it. */
  JsonNode create(String name) throws CommandFailure, NoNodeException {
    return json("POST", CORES, JsonClient.object().put("name", name));
  }

  /** The key that a text means: a key itself, or the name of a core of the node. */
  String keyOf(String text) throws CommandFailure, NoNodeException {
    Optional<Fixed32> key = key(text);
    if (key.isPresent()) {
      return KeyText.encode(key.get());
    }
    JsonNode found =
        json("GET", CORES + "?name=" + URLEncoder.encode(text, StandardCharsets.UTF_8), null)
            .path("cores");
    if (found.isEmpty()) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "the node has no core named " + text + ", and it is no key; see: peerstead core list");
    }
    return found.get(0).path("key").asText();
  }

  static Optional<Fixed32> key(String text) {
    try {
      return Optional.of(KeyText.parse(text));
    } catch (CryptoException e) {
      return Optional.empty();
    }
  }

  /** Appends blocks, all or none. */
  JsonNode append(String key, List<byte[]> blocks) throws CommandFailure, NoNodeException {
    ObjectNode body = JsonClient.object();
    ArrayNode list = body.putArray("blocks");
    blocks.forEach(list::add);
    return json("POST", CORES + "/" + key + "/blocks", body);
  }

  /** Blocks from {@code from} on, as JSON with the length of the core. */
  JsonNode blockList(String key, long from, long to) throws CommandFailure, NoNodeException {
    return json("GET", CORES + "/" + key + "/blocks?from=" + from + "&to=" + to, null);
  }

  JsonNode info(String key) throws CommandFailure, NoNodeException {
    return json("GET", CORES + "/" + key, null);
  }

  JsonNode follow(String key, ObjectNode wish) throws CommandFailure, NoNodeException {
    return json("PUT", CORES + "/" + key + "/follow", wish);
  }

  void unfollow(String key) throws CommandFailure, NoNodeException {
    json("DELETE", CORES + "/" + key + "/follow", null);
  }

  void pin(String key, boolean isPinned) throws CommandFailure, NoNodeException {
    json(isPinned ? "PUT" : "DELETE", CORES + "/" + key + "/pin", null);
  }

  void delete(String key) throws CommandFailure, NoNodeException {
    json("DELETE", CORES + "/" + key, null);
  }

  JsonNode verify(String key) throws CommandFailure, NoNodeException {
    return json("POST", CORES + "/" + key + "/verify", null);
  }

  /** Has the node copy its cores; answers where to. */
  String backup() throws CommandFailure, NoNodeException {
    return json("POST", "storage-peer/backups", null).path("folder").asText();
  }

  /** A page of cores; {@code next} in it leads on. */
  JsonNode list(@Nullable String after) throws CommandFailure, NoNodeException {
    return json("GET", CORES + "?limit=1000" + (after == null ? "" : "&after=" + after), null);
  }

  private JsonNode json(String method, String path, @Nullable ObjectNode body)
      throws CommandFailure, NoNodeException {
    return client.json(method, path, body);
  }

  @Override
  public void close() {
    client.close();
  }
}
