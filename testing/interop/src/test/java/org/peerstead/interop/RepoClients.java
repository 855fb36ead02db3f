package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A Node.js process with real automerge-repo clients. Thread-safe. */
final class RepoClients implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final JsonLines process;

  private RepoClients(JsonLines process) {
    this.process = process;
  }

  static RepoClients start() {
    return new RepoClients(JsonLines.start(PinnedPeers.program("repo-clients.mjs")));
  }

  /** Heads, as hexadecimal hashes in ascending order. */
  record Heads(List<String> hashes) {
    Heads {
      hashes = List.copyOf(hashes);
    }

    /** The heads of a document that has two concurrent histories with these heads. */
    Heads and(Heads concurrent) {
      return new Heads(
          Stream.concat(hashes.stream(), concurrent.hashes.stream()).distinct().sorted().toList());
    }

    private static Heads of(JsonNode array) {
      return new Heads(texts(array));
    }
  }

  /** Opens a device that has no storage and waits until it is connected. */
  Device connect(String name, String url) {
    return open(name, url, null, request -> {});
  }

  /** Opens a device whose documents live in {@code folder} and waits until it is connected. */
  Device connect(String name, String url, Path folder) {
    return open(name, url, folder, request -> {});
  }

  /** Opens a device with further options of the client program. */
  Device open(String name, String url, @Nullable Path folder, Consumer<ObjectNode> options) {
    ObjectNode request = command("open", name, Duration.ofSeconds(15));
    request.put("url", url);
    if (folder != null) {
      request.put("folder", folder.toString());
    }
    options.accept(request);
    JsonNode answer = process.ask(request, Duration.ofSeconds(20));
    return new Device(
        name,
        answer.get("peerId").asText(),
        answer.get("server").asText(),
        answer.get("storageId").isNull() ? "" : answer.get("storageId").asText());
  }

  /** Opens a device that tries to connect, without waiting for an answer of the server. */
  Device openUnanswered(String name, String url) {
    ObjectNode request = command("openUnanswered", name, Duration.ZERO);
    request.put("url", url);
    process.ask(request, GRACE);
    return new Device(name, "", "", "");
  }

  /** Errors that no command waited for, such as refused connections, since the last call. */
  List<String> failures() {
    return texts(process.ask(command("failures", "", Duration.ZERO), GRACE).get("failures"));
  }

  @Override
  public void close() {
    process.close();
  }

  private static ObjectNode command(String name, String repo, Duration timeout) {
    ObjectNode request = JsonLines.MAPPER.createObjectNode();
    request.put("cmd", name);
    request.put("repo", repo);
    request.put("timeout", timeout.toMillis());
    return request;
  }

  private static List<String> texts(JsonNode array) {
    List<String> out = new ArrayList<>(array.size());
    array.forEach(node -> out.add(node.asText()));
    return out;
  }

  /** A board document and its card documents. */
  record Board(String board, List<String> cards) {
    Board {
      cards = List.copyOf(cards);
    }

    /** All documents, the board first. */
    List<String> all() {
      List<String> urls = new ArrayList<>(cards.size() + 1);
      urls.add(board);
      urls.addAll(cards);
      return urls;
    }
  }

  /** What a writer has done and which of its changes the server has acknowledged. */
  record Written(long changes, List<String> acknowledged) {
    Written {
      acknowledged = List.copyOf(acknowledged);
    }
  }

  /** An ephemeral message as a device received it. */
  record Received(String url, String from, JsonNode message) {}

  /** One automerge-repo client. */
  final class Device {
    private final String name;
    private final String peerId;
    private final String server;
    private final String storageId;

    private Device(String name, String peerId, String server, String storageId) {
      this.name = name;
      this.peerId = peerId;
      this.server = server;
      this.storageId = storageId;
    }

    String peerId() {
      return peerId;
    }

    /** Peer id under which the server introduced itself. */
    String server() {
      return server;
    }

    /** Storage id of this device; empty for one without a folder. */
    String storageId() {
      return storageId;
    }

    private ObjectNode of(String command, Duration timeout) {
      return RepoClients.command(command, name, timeout);
    }

    private ObjectNode of(String command, Duration timeout, Collection<String> urls) {
      ObjectNode request = of(command, timeout);
      ArrayNode list = request.putArray("urls");
      urls.forEach(list::add);
      return request;
    }

    private ObjectNode of(String command, Duration timeout, String url) {
      return of(command, timeout).put("url", url);
    }

    private JsonNode ask(ObjectNode request) {
      return process.ask(request, Duration.ofMillis(request.path("timeout").asLong()).plus(GRACE));
    }

    /** Flushes to the folder and closes the socket for good. */
    void leave() {
      process.ask(of("close", Duration.ZERO), Duration.ofSeconds(20));
    }

    void disconnect() {
      ask(of("disconnect", Duration.ZERO));
    }

    void reconnect() {
      ask(of("connect", Duration.ofSeconds(15)));
    }

    /** Peer ids this device is connected to. */
    List<String> peers() {
      return texts(ask(of("peers", Duration.ZERO)).get("peers"));
    }

    String create(JsonNode content) {
      return createAll(List.of(content)).getFirst();
    }

    List<String> createAll(List<? extends JsonNode> contents) {
      ObjectNode request = of("create", Duration.ofSeconds(20));
      ArrayNode list = request.putArray("contents");
      contents.forEach(list::add);
      return texts(ask(request).get("urls"));
    }

    Board createBoard(int cards) {
      JsonNode answer = ask(of("createBoard", Duration.ofSeconds(20)).put("cards", cards));
      return new Board(answer.get("board").asText(), texts(answer.get("cards")));
    }

    /**
     * How finding each document ended: {@code ready}, {@code unavailable} or {@code failed: ...}.
     */
    Map<String, String> find(Collection<String> urls, Duration timeout) {
      Map<String, String> states = new LinkedHashMap<>();
      ask(of("find", timeout, urls))
          .get("states")
          .properties()
          .forEach(entry -> states.put(entry.getKey(), entry.getValue().asText()));
      return states;
    }

    /** Finds documents that must all be there; fails with the first one that is not. */
    void open(Collection<String> urls, Duration timeout) {
      find(urls, timeout)
          .forEach((url, state) -> {
            if (!state.equals("ready")) {
              throw new PeerFailedException(name + " could not find " + url + ": " + state);
            }
          });
    }

    void open(String url) {
      open(List.of(url), Duration.ofSeconds(15));
    }

    /** Drops the local copies, so that the next find asks the server again. */
    void forget(Collection<String> urls) {
      ask(of("forget", Duration.ofSeconds(5), urls));
    }

    /** Sets the value at {@code path}: keys and indexes; a last element {@code +} appends. */
    Heads set(String url, List<Object> path, Object value) {
      ObjectNode request = of("change", Duration.ofSeconds(5), url);
      ObjectNode set = request.putArray("set").addObject();
      set.set("path", JsonLines.MAPPER.valueToTree(path));
      set.set("value", JsonLines.MAPPER.valueToTree(value));
      return Heads.of(ask(request).get("heads"));
    }

    JsonNode json(String url) {
      return ask(of("json", Duration.ofSeconds(5), url)).get("json");
    }

    Heads heads(String url) {
      return heads(List.of(url)).get(url);
    }

    Map<String, Heads> heads(Collection<String> urls) {
      JsonNode answer = ask(of("heads", Duration.ofSeconds(5), urls)).get("heads");
      Map<String, Heads> heads = new LinkedHashMap<>();
      int i = 0;
      for (String url : urls) {
        heads.put(url, Heads.of(answer.get(i++)));
      }
      return heads;
    }

    /** Hashes of all changes of a document, in the order in which this device applied them. */
    List<String> history(String url) {
      return texts(ask(of("history", Duration.ofSeconds(5), url)).get("hashes"));
    }

    /** Heads that the server last announced for a document, or null. */
    @Nullable Heads serverHeads(String url) {
      JsonNode heads = ask(of("serverHeads", Duration.ofSeconds(5), url)).get("heads");
      return heads.isNull() ? null : Heads.of(heads);
    }

    /** Waits until the server has announced this device's heads of every document. */
    void awaitAcknowledged(Collection<String> urls, Duration timeout) {
      ask(of("awaitAcknowledged", timeout, urls));
    }

    void awaitHeads(String url, Heads heads, Duration timeout) {
      ObjectNode request = of("awaitHeads", timeout, url);
      heads.hashes().forEach(request.putArray("heads")::add);
      ask(request);
    }

    /** Waits until this device has the given changes, and so everything they descend from. */
    void awaitChanges(Map<String, Heads> changes, Duration timeout) {
      ObjectNode request = of("awaitChanges", timeout);
      ObjectNode byUrl = request.putObject("changes");
      changes.forEach((url, heads) -> heads.hashes().forEach(byUrl.withArray(url)::add));
      ask(request);
    }

    void broadcast(String url, Object... messages) {
      ObjectNode request = of("broadcast", Duration.ofSeconds(5), url);
      request.set("messages", JsonLines.MAPPER.valueToTree(List.of(messages)));
      ask(request);
    }

    /** Waits for {@code atLeast} ephemeral messages and returns all that arrived so far. */
    List<Received> ephemeral(int atLeast, Duration timeout) {
      List<Received> messages = new ArrayList<>();
      ask(of("ephemeral", timeout).put("atLeast", atLeast))
          .get("messages")
          .forEach(m ->
              messages.add(
                  new Received(m.get("url").asText(), m.get("from").asText(), m.get("message"))));
      return messages;
    }

    void subscribeRemotes(String storage) {
      ObjectNode request = of("subscribeRemotes", Duration.ofSeconds(5));
      request.putArray("storageIds").add(storage);
      ask(request);
    }

    /** Waits for gossip about the heads that a storage has of a document. */
    JsonNode remoteHeads(String url, String storage, Duration timeout) {
      return ask(of("remoteHeads", timeout, url).put("storageId", storage)).get("heads");
    }

    void startWriting(String url, int everyMillis) {
      ask(of("startWriting", Duration.ofSeconds(5), url).put("everyMillis", everyMillis));
    }

    Written stopWriting(String url) {
      JsonNode answer = ask(of("stopWriting", Duration.ofSeconds(20), url));
      return new Written(answer.get("written").asLong(), texts(answer.get("acknowledged")));
    }

    /** Number of different heads that the server has announced for a document. */
    int announcements(String url) {
      return ask(of("acknowledgedCount", Duration.ofSeconds(5), url)).get("count").asInt();
    }

    /** Finds documents in the background; the future has the state of each. */
    CompletableFuture<Map<String, String>> findLater(Collection<String> urls, Duration timeout) {
      return process
          .send(of("find", timeout, urls))
          .thenApply(answer -> {
            Map<String, String> states = new LinkedHashMap<>();
            answer
                .get("states")
                .fields()
                .forEachRemaining(e -> states.put(e.getKey(), e.getValue().asText()));
            return states;
          });
    }
  }
}
