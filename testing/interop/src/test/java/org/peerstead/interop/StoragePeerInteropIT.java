package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.interop.CoreScenarios.VARIED;
import static org.peerstead.interop.CoreScenarios.assertCopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.interop.CorePeer.State;

/** The packaged node as a storage peer between programs that use nothing but npm hypercore. */
class StoragePeerInteropIT {
  private static final String ENCRYPTION_KEY = "7e".repeat(32);
  private static final String PRIMARY_KEY = "31".repeat(32);

  private @TempDir Path folder;
  private final Deque<CorePeer> peers = new ArrayDeque<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private PeersteadNode node;

  @BeforeEach
  void start() {
    node = PeersteadNode.start(folder);
  }

  @AfterEach
  void stop() {
    peers.forEach(CorePeer::close);
    node.close();
    http.close();
  }

  private NpmCorePeer npm(String... options) throws IOException {
    NpmCorePeer peer =
        NpmCorePeer.start(Files.createDirectory(folder.resolve("npm-" + peers.size())), options);
    peers.push(peer);
    return peer;
  }

  private String core(String... arguments) {
    List<String> all = new ArrayList<>(List.of("core"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--node", node.httpUrl()));
    return node.command(all.toArray(String[]::new));
  }

  private JsonNode info(String key) {
    return node.json("/api/v1/cores/" + key);
  }

  private void awaitStored(String key, long blocks, long fork) {
    Awaitility.await(blocks + " blocks at the node")
        .atMost(CorePeer.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            info(key).get("contiguousLength").asLong() >= blocks
                && info(key).get("fork").asLong() == fork);
  }

  private void assertReadFromNode(String key, Blocks content, State written) throws IOException {
    NpmCorePeer reader = npm();
    reader.open(key, null);
    reader.dial(node.peerPort());
    reader.follow(key, written.length(), written.fork());
    assertCopy(reader, key, content, written);
  }

  @Test
  void core_shouldOutliveItsWriterAndARestart() throws IOException {
    NpmCorePeer writer = npm();
    State written = writer.append(writer.create("log", null).key(), VARIED, 200, 9);
    String key = written.key();
    int port = writer.listen();
    assertThat(core("follow", key, "--from", "127.0.0.1:" + port)).isNotBlank();
    awaitStored(key, 200, 0);
    written = writer.append(key, VARIED, 50);
    awaitStored(key, 250, 0);
    writer.close();

    assertReadFromNode(key, VARIED, written);
    node.stop();
    node.start();
    assertReadFromNode(key, VARIED, written);
    assertThat(core("verify", key)).contains(" 250 ");
  }

  @Test
  void writerAndReader_shouldMeetThroughTheNode() throws IOException {
    NpmCorePeer writer = npm();
    NpmCorePeer reader = npm();
    String key = writer.create("log", null).key();
    core("follow", key);
    reader.open(key, null);
    reader.dial(node.peerPort());
    reader.startFollowing(key);
    writer.dial(node.peerPort());
    writer.append(key, VARIED, 40, 3);
    reader.follow(key, 40);
    writer.truncate(key, 25);
    State written = writer.append(key, VARIED, 30, 2);
    reader.follow(key, 55, 1);
    assertCopy(reader, key, VARIED, written);
    awaitStored(key, 55, 1);
  }

  @Test
  void nodeWithoutTheEncryptionKey_shouldServeThoseWhoHaveIt() throws IOException {
    NpmCorePeer writer = npm();
    State written = writer.append(writer.create("secret", ENCRYPTION_KEY).key(), VARIED, 60);
    String key = written.key();
    core("follow", key);
    writer.dial(node.peerPort());
    awaitStored(key, 60, 0);
    writer.close();
    NpmCorePeer reader = npm();
    reader.open(key, ENCRYPTION_KEY);
    reader.dial(node.peerPort());
    reader.follow(key, 60);
    assertCopy(reader, key, VARIED, written);
  }

  @Test
  void coreOfTheNode_shouldBeReadByNpm() throws IOException {
    String key = core("create", "notes").strip();
    Path lines = Files.writeString(folder.resolve("lines"), "first\nsecond\nthird\n");
    core("append", key, lines.toString(), "--lines");
    NpmCorePeer reader = npm();
    String hex = info(key).get("hex").asText();
    reader.open(hex, null);
    reader.dial(node.peerPort());
    reader.follow(hex, 3);
    assertThat(reader.digests(hex, 0, 3))
        .containsExactly(digest("first"), digest("second"), digest("third"));
    core("append", "notes", lines.toString(), "--lines");
    reader.follow(hex, 6);
    assertThat(reader.digests(hex, 3, 6))
        .containsExactly(digest("first"), digest("second"), digest("third"));
    assertThat(core("cat", "notes", "--lines").lines())
        .containsExactly("first", "second", "third", "first", "second", "third");
  }

  private static String digest(String text) {
    return Blocks.digest(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void killedWhileItReceives_shouldCompleteAfterwards() throws IOException {
    SplittableRandom random = new SplittableRandom(6);
    Blocks content = new Blocks("kill", 1000, 6000);
    NpmCorePeer writer = npm();
    String key = writer.create("log", null).key();
    writer.append(key, content, 4000);
    core("follow", key);
    for (int kill = 0; kill < 3; kill++) {
      writer.dial(node.peerPort());
      long before = info(key).get("storedBlocks").asLong();
      Awaitility.await("blocks before kill " + kill)
          .atMost(CorePeer.PATIENCE)
          .pollDelay(Duration.ofMillis(random.nextInt(30)))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> info(key).get("storedBlocks").asLong() > Math.min(before, 3500));
      node.kill();
      writer.append(key, content, 1 + random.nextInt(5));
      node.start();
    }
    writer.dial(node.peerPort());
    State written = writer.append(key, content, 100, 10);
    awaitStored(key, written.length(), 0);
    writer.close();
    assertReadFromNode(key, content, written);
    core("verify", key);
  }

  @Test
  void acknowledgedAppends_shouldReachReadersAfterKills() throws Exception {
    String key = core("create", "log").strip();
    List<String> acknowledged = new ArrayList<>();
    NpmCorePeer reader = npm();
    String hex = info(key).get("hex").asText();
    reader.open(hex, null);
    for (int kill = 0; kill < 2; kill++) {
      reader.dial(node.peerPort());
      reader.startFollowing(hex);
      int wanted = acknowledged.size() + 15;
      CompletableFuture<Void> appending =
          CompletableFuture.runAsync(() -> appendUntilDown(key, acknowledged));
      Awaitility.await("acknowledgements")
          .atMost(CorePeer.PATIENCE)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> count(acknowledged) >= wanted);
      node.kill();
      appending.join();
      node.start();
    }
    reader.dial(node.peerPort());
    int length = info(key).get("length").asInt();
    assertThat(length).isGreaterThanOrEqualTo(acknowledged.size());
    reader.follow(hex, length);
    assertThat(reader.state(hex).fork()).isZero();
    assertThat(reader.digests(hex, 0, length)).containsSubsequence(acknowledged);
    assertThat(reader.computedTreeHash(hex)).isEqualTo(reader.state(hex).treeHash());
    assertThat(reader.seen(hex).get("conflicts").asInt()).isZero();
    assertThat(reader.seen(hex).get("verificationErrors")).isEmpty();
  }

  private static int count(List<String> list) {
    synchronized (list) {
      return list.size();
    }
  }

  private void appendUntilDown(String key, List<String> acknowledged) {
    for (int i = 0; ; i++) {
      String text = "entry " + acknowledged.size() + " " + i;
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(node.httpUrl() + "/api/v1/cores/" + key + "/blocks"))
              .header("Content-Type", "application/octet-stream")
              .timeout(Duration.ofSeconds(20))
              .POST(HttpRequest.BodyPublishers.ofString(text))
              .build();
      try {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isLessThan(300);
        synchronized (acknowledged) {
          acknowledged.add(digest(text));
        }
      } catch (IOException e) {
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  @Test
  void liar_shouldBeCountedWhileOthersAreServed() throws IOException {
    NpmCorePeer liar = npm("--primary-key", PRIMARY_KEY);
    NpmCorePeer writer = npm("--primary-key", PRIMARY_KEY);
    State written = liar.append(liar.create("log", null).key(), VARIED, 80);
    String key = written.key();
    writer.append(writer.create("log", null).key(), VARIED, 80);
    liar.misbehave(key, request -> request.put("lie", "block"));
    core("follow", key);
    liar.dial(node.peerPort());
    Awaitility.await("refusal")
        .atMost(Duration.ofSeconds(20))
        .until(() -> node.metric("peerstead_replication_failed_proofs_total") > 0);
    assertThat(info(key).get("storedBlocks").asLong()).isZero();
    writer.dial(node.peerPort());
    awaitStored(key, 80, 0);
    assertReadFromNode(key, VARIED, written);
  }
}
