package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** npm hypercore and corestore in a Node.js process of their own. Thread-safe. */
final class NpmCorePeer implements CorePeer {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final JsonLines process;

  private NpmCorePeer(JsonLines process) {
    this.process = process;
  }

  /** Starts a peer whose cores live in {@code folder}. */
  static NpmCorePeer start(Path folder, String... options) {
    List<String> command = new ArrayList<>(PinnedPeers.program("hypercore-peer.mjs"));
    command.add(folder.toString());
    command.addAll(List.of(options));
    return new NpmCorePeer(JsonLines.start(command));
  }

  /** Starts a peer whose named cores come from a primary key of 64 hex digits. */
  static NpmCorePeer withPrimaryKey(Path folder, String primaryKey) {
    return start(folder, "--primary-key", primaryKey);
  }

  /** Sends a command that only this kind of peer has, and returns its answer. */
  JsonNode ask(String command, Consumer<ObjectNode> fields) {
    ObjectNode request = JsonLines.MAPPER.createObjectNode().put("cmd", command);
    request.put("millis", PATIENCE.toMillis());
    fields.accept(request);
    return process.ask(request, PATIENCE.plus(GRACE));
  }

  private JsonNode ask(String command, String key, Consumer<ObjectNode> fields) {
    return ask(
        command,
        request -> {
          request.put("key", key);
          fields.accept(request);
        });
  }

  private static State state(JsonNode answer) {
    return new State(
        answer.get("key").asText(),
        answer.get("length").asLong(),
        answer.get("fork").asLong(),
        answer.get("byteLength").asLong(),
        answer.get("contiguousLength").asLong(),
        answer.get("treeHash").isNull() ? "" : answer.get("treeHash").asText(),
        answer.get("stored").asLong(),
        answer.get("peers").asInt());
  }

  /** Creates a core from a seed, of the kind before manifests: its key is the signer's. */
  State createCompat(String seed) {
    return state(ask("create", request -> request.put("seed", seed).put("compat", true)));
  }

  /** Creates a core that needs 2 of 3 signatures. */
  State createMultisig(String seed, boolean allowPatch) {
    return state(
        ask(
            "createMultisig",
            request ->
                request
                    .put("seed", seed)
                    .put("signers", 3)
                    .put("quorum", 2)
                    .put("allowPatch", allowPatch)));
  }

  /**
   * Appends a batch that the given signers sign.
   *
   * @param ahead how many blocks more the second signer has signed; only for cores that allow that
   */
  State appendMultisig(String key, Blocks content, int count, int ahead, int first, int second) {
    return state(
        ask(
            "appendMultisig",
            key,
            request -> {
              content(request, content, count);
              request.put("ahead", ahead).putArray("by").add(first).add(second);
            }));
  }

  /** Creates a core whose manifest has this version, and user data where the version has that. */
  State createManifest(String seed, int version, @Nullable String userData) {
    return state(
        ask(
            "createManifest",
            request ->
                request.put("seed", seed).put("version", version).put("userData", userData)));
  }

  /** Creates the core that has the blocks of another for ever, without a signer. */
  State createStatic(String key) {
    return state(ask("createStatic", key, request -> {}));
  }

  /** From now on new connections get lies: see {@code hypercore-misbehaviour.mjs}. */
  void misbehave(String key, Consumer<ObjectNode> kind) {
    ask("misbehave", key, kind);
  }

  /** Verification errors and other things that happened to a core. */
  JsonNode seen(String key) {
    return ask("info", key, request -> {}).get("seen");
  }

  /** Open and ended connections. */
  JsonNode connections() {
    return ask("connections", request -> {});
  }

  /** Waits until so many connections have ended. */
  JsonNode awaitEnded(int count) {
    return ask("awaitEnded", request -> request.put("count", count));
  }

  @Override
  public State create(String name, @Nullable String encryptionKey) {
    return state(
        ask("create", request -> request.put("name", name).put("encryptionKey", encryptionKey)));
  }

  /** Creates or opens the writable core of a name in a name space. */
  State createIn(String namespace, String name) {
    return state(ask("create", request -> request.put("namespace", namespace).put("name", name)));
  }

  @Override
  public State open(String key, @Nullable String encryptionKey) {
    return state(ask("open", key, request -> request.put("encryptionKey", encryptionKey)));
  }

  @Override
  public void closeCore(String key) {
    ask("close", key, request -> {});
  }

  private static void content(ObjectNode request, Blocks content, int count) {
    request.put("label", content.label()).put("count", count);
    request.putArray("size").add(content.minBytes()).add(content.maxBytes());
  }

  @Override
  public State append(String key, Blocks content, int count, int batch) {
    return append(key, content, count, batch, 0);
  }

  /** Appends with a pause after each batch. */
  State append(String key, Blocks content, int count, int batch, int everyMillis) {
    return state(
        ask(
            "append",
            key,
            request -> {
              content(request, content, count);
              request.put("batch", batch).put("everyMillis", everyMillis);
            }));
  }

  @Override
  public State truncate(String key, long length) {
    return state(ask("truncate", key, request -> request.put("length", length)));
  }

  @Override
  public void clear(String key, long from, long to) {
    ask("clear", key, request -> request.put("from", from).put("to", to));
  }

  @Override
  public State state(String key) {
    return state(ask("info", key, request -> {}));
  }

  @Override
  public State download(String key, long from, long to, boolean isLinear) {
    return state(
        ask(
            "download",
            key,
            request -> request.put("from", from).put("to", to).put("linear", isLinear)));
  }

  @Override
  public State follow(String key, long length, long fork) {
    return state(ask("follow", key, request -> request.put("length", length).put("fork", fork)));
  }

  @Override
  public void startFollowing(String key) {
    ask("follow", key, request -> request.put("length", 0));
  }

  @Override
  public State awaitLength(String key, long length, long fork) {
    return state(
        ask("awaitLength", key, request -> request.put("length", length).put("fork", fork)));
  }

  @Override
  public void awaitPeers(String key, int peers) {
    ask("awaitPeers", key, request -> request.put("peers", peers));
  }

  @Override
  public String get(String key, long index, Duration patience) {
    return ask(
            "get", key, request -> request.put("index", index).put("millis", patience.toMillis()))
        .get("sha256")
        .asText();
  }

  @Override
  public Place seek(String key, long byteOffset) {
    JsonNode answer = ask("seek", key, request -> request.put("bytes", byteOffset));
    return new Place(answer.get("index").asLong(), answer.get("offset").asLong());
  }

  @Override
  public List<@Nullable String> digests(String key, long from, long to, boolean isRaw) {
    List<@Nullable String> digests = new ArrayList<>();
    for (JsonNode digest :
        ask("digests", key, request -> request.put("from", from).put("to", to).put("raw", isRaw))
            .get("digests")) {
      digests.add(digest.isNull() ? null : digest.asText());
    }
    return digests;
  }

  /** Tree hash of a complete core, computed from the stored blocks alone. */
  String computedTreeHash(String key) {
    return ask("computedTreeHash", key, request -> {}).get("treeHash").asText();
  }

  @Override
  public void broadcast(String key, String text) {
    ask("extensionBroadcast", key, request -> request.put("text", text));
  }

  @Override
  public List<String> awaitMessages(String key, int count) {
    List<String> texts = new ArrayList<>();
    ask("awaitExtension", key, request -> request.put("count", count))
        .get("texts")
        .forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Override
  public int listen() {
    return ask("listen", request -> {}).get("port").asInt();
  }

  @Override
  public void dial(int port) {
    ask("dial", request -> request.put("port", port));
  }

  @Override
  public void disconnect() {
    ask("disconnect", request -> {});
  }

  @Override
  public void close() {
    process.close();
  }
}
