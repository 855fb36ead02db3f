package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Nodes, clients and servers of npm hyperdht in one Node.js process. What is started has a name, by
 * which the other methods refer to it. Addresses are {@code HOST:PORT}, byte strings hex, key pairs
 * come from seeds of 32 bytes. Thread-safe.
 */
final class NpmDht implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final JsonLines process = JsonLines.start(PinnedPeers.program("hyperdht-peers.mjs"));

  /** What a node is to others. */
  enum Kind {
    /** Serves others from the start. */
    NODE,
    /** Only asks, and finds out by itself whether it can be reached. */
    CLIENT,
    /** Believes that nobody reaches it. */
    FIREWALLED,
    /** Believes that everybody reaches it. */
    OPEN
  }

  /**
   * How a node sees itself.
   *
   * @param seenAs the address that others see it at, or null when it does not know
   */
  record View(
      String address,
      @Nullable String seenAs,
      @Nullable String id,
      boolean isPersistent,
      int table) {
    static View of(JsonNode json) {
      return new View(
          json.get("address").asText(),
          text(json.get("seenAs")),
          text(json.get("nodeId")),
          json.get("isPersistent").asBoolean(),
          json.get("table").asInt());
    }
  }

  /**
   * What a load of lookups has seen.
   *
   * @param retried lookups that found nothing at first
   * @param failed lookups that found nothing at the second attempt either
   */
  record Load(int lookups, int retried, int failed, int worstMillis, String errors) {
    Load plus(Load later) {
      return new Load(
          lookups + later.lookups,
          retried + later.retried,
          failed + later.failed,
          Math.max(worstMillis, later.worstMillis),
          errors + later.errors);
    }
  }

  private static @Nullable String text(@Nullable JsonNode json) {
    return json == null || json.isNull() ? null : json.asText();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  private JsonNode ask(String command, String as, Consumer<ObjectNode> fields) {
    ObjectNode request = JsonLines.MAPPER.createObjectNode().put("cmd", command).put("as", as);
    fields.accept(request);
    return process.ask(request, PATIENCE);
  }

  private static void put(ObjectNode request, String name, List<String> values) {
    ArrayNode array = request.putArray(name);
    values.forEach(array::add);
  }

  /** Starts the first node of a network. */
  View startBootstrapper(String as, int port) {
    return View.of(ask("bootstrapper", as, request -> request.put("port", port)));
  }

  /** Starts one. */
  View start(String as, Kind kind, String... bootstrap) {
    return start(as, kind, 0, bootstrap).getFirst();
  }

  /** Starts {@code count}, one after the other: NAME-0, NAME-1 and so on. */
  List<View> start(String as, Kind kind, int count, String... bootstrap) {
    JsonNode answer =
        ask(
            "start",
            as,
            request -> {
              request.put("kind", kind.name().toLowerCase(Locale.ROOT));
              request.put("count", count);
              put(request, "bootstrap", List.of(bootstrap));
            });
    List<View> views = new ArrayList<>();
    answer.get("nodes").forEach(node -> views.add(View.of(node)));
    return views;
  }

  View view(String as) {
    return View.of(ask("view", as, request -> {}));
  }

  void stop(String as) {
    ask("stop", as, request -> {});
  }

  /** The id that a node answers a ping with, null without one. */
  @Nullable String ping(String as, String to) {
    return text(ask("ping", as, request -> request.put("to", to)).get("nodeId"));
  }

  /** Addresses of the nodes closest to a target that answer, at most 20. */
  List<String> findNode(String as, String target) {
    return texts(ask("findNode", as, request -> request.put("target", target)).get("closest"));
  }

  /**
   * Announces {@code count} peers, each under a topic of its own, numbered from {@code from} on.
   */
  void announceMany(String as, String prefix, int from, int count) {
    ask(
        "announceMany",
        as,
        request -> request.put("prefix", prefix).put("from", from).put("count", count));
  }

  /** Numbers of those that a lookup does not find. */
  List<String> missing(String as, String prefix, int from, int count) {
    return texts(
        ask(
                "missing",
                as,
                request -> request.put("prefix", prefix).put("from", from).put("count", count))
            .get("missing"));
  }

  /** The node {@code as} as applications use it. */
  DhtClient client(String as) {
    return new Client(as);
  }

  private final class Client implements DhtClient {
    private final String as;

    Client(String as) {
      this.as = as;
    }

    private JsonNode ask(String command, Consumer<ObjectNode> fields) {
      return NpmDht.this.ask(command, as, fields);
    }

    @Override
    public int announce(String topic, String seed) {
      return ask("announce", request -> request.put("topic", topic).put("seed", seed))
          .get("stored")
          .asInt();
    }

    @Override
    public Set<String> lookup(String topic) {
      Set<String> keys = new TreeSet<>();
      ask("lookup", request -> request.put("topic", topic))
          .get("records")
          .fieldNames()
          .forEachRemaining(keys::add);
      return keys;
    }

    @Override
    public void unannounce(String topic, String seed) {
      ask("unannounce", request -> request.put("topic", topic).put("seed", seed));
    }

    @Override
    public String immutablePut(String value) {
      return ask("immutablePut", request -> request.put("value", value)).get("hash").asText();
    }

    @Override
    public @Nullable String immutableGet(String hash) {
      return text(ask("immutableGet", request -> request.put("hash", hash)).get("value"));
    }

    @Override
    public String mutablePut(String seed, long seq, String value) {
      return ask(
              "mutablePut",
              request -> request.put("seed", seed).put("seq", seq).put("value", value))
          .get("publicKey")
          .asText();
    }

    @Override
    public @Nullable String mutableGet(String publicKey) {
      return text(ask("mutableGet", request -> request.put("publicKey", publicKey)).get("value"));
    }

    @Override
    public boolean isFound(String publicKey) {
      return ask("findPeer", request -> request.put("publicKey", publicKey)).get("found").asInt()
          > 0;
    }

    @Override
    public String toString() {
      return "npm " + as;
    }
  }

  /** Starts a server that sends back what it gets; returns its public key. */
  String listen(String as, String seed, boolean isLocal) {
    return ask("listen", as, request -> request.put("seed", seed).put("isLocal", isLocal))
        .get("publicKey")
        .asText();
  }

  void unlisten(String as) {
    ask("unlisten", as, request -> {});
  }

  /** How many handshakes the server of {@code as} has seen. */
  int handshakes(String as) {
    return ask("served", as, request -> {}).get("handshakes").asInt();
  }

  /**
   * Begins a connection to a server, message by message: handshake and both rounds of a hole punch.
   */
  JsonNode handshake(String as, String publicKey, String seed) {
    return ask("handshake", as, request -> request.put("publicKey", publicKey).put("seed", seed));
  }

  /** Connects to a server and has it send back {@code bytes} bytes; returns the address behind. */
  String connect(String as, String publicKey, int bytes, boolean isLocal, boolean isFastOpen) {
    return ask(
            "connect",
            as,
            request ->
                request
                    .put("publicKey", publicKey)
                    .put("bytes", bytes)
                    .put("isLocal", isLocal)
                    .put("isFastOpen", isFastOpen))
        .get("remote")
        .asText();
  }

  /** Looks the first {@code count} topics up again and again. */
  void startLoad(String as, String prefix, int count) {
    ask("startLoad", as, request -> request.put("prefix", prefix).put("count", count));
  }

  /** What the load has seen since the last time. */
  Load load(String as) {
    return load(ask("load", as, request -> {}));
  }

  Load stopLoad(String as) {
    return load(ask("stopLoad", as, request -> {}));
  }

  private static Load load(JsonNode json) {
    return new Load(
        json.get("lookups").asInt(),
        json.get("retried").asInt(),
        json.get("failed").asInt(),
        json.get("worstMs").asInt(),
        json.get("errors").toString());
  }

  @Override
  public void close() {
    process.close();
  }
}
