package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peerstead.interop.CoreScenarios.VARIED;
import static org.peerstead.interop.CoreScenarios.assertCopy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.interop.CorePeer.State;

/**
 * Peers that lie, flood and boast, made from npm hypercore: what is not true is neither stored nor
 * passed on, it is counted, and honest peers are served all the same.
 */
class HostilePeersInteropIT {
  private static final String PRIMARY_KEY = "2b".repeat(32);
  private static final int BLOCKS = 60;

  private @TempDir Path folder;
  private final Deque<CorePeer> peers = new ArrayDeque<>();

  @AfterEach
  void stop() {
    peers.forEach(CorePeer::close);
  }

  private <P extends CorePeer> P started(P peer) {
    peers.push(peer);
    return peer;
  }

  private Path newFolder() throws IOException {
    return Files.createDirectory(folder.resolve("peer-" + peers.size()));
  }

  /** Two of these are the same writer with the same core. */
  private NpmCorePeer writer() throws IOException {
    return started(NpmCorePeer.withPrimaryKey(newFolder(), PRIMARY_KEY));
  }

  private NpmCorePeer npm() throws IOException {
    return started(NpmCorePeer.start(newFolder()));
  }

  private PeersteadCorePeer peerstead() throws IOException {
    return started(PeersteadCorePeer.start(newFolder()));
  }

  private static State write(NpmCorePeer writer) {
    String key = writer.create("log", null).key();
    return writer.append(key, VARIED, BLOCKS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "block",
        "short-block",
        "node-hash",
        "node-size",
        "huge-node-size",
        "node-index",
        "missing-node",
        "extra-nodes",
        "signature",
        "short-signature",
        "no-signature",
        "long-upgrade",
        "far-upgrade"
      })
  void lies_shouldBeRefusedAndCounted(String lie) throws IOException {
    lie(lie, 0, true);
  }

  /** Answers that are merely useless: to ignore them is as good as to refuse them. */
  @ParameterizedTest
  @ValueSource(strings = {"block-index", "far-block-index", "fork"})
  void uselessAnswers_shouldNotBeTaken(String lie) throws IOException {
    lie(lie, 0, false);
  }

  /** Nothing says that the answer will not come; only patience ends. */
  @Test
  void peerThatNeverAnswers_shouldBeGivenUp() throws IOException {
    NpmCorePeer silent = writer();
    NpmCorePeer honest = writer();
    PeersteadCorePeer ours = peerstead();
    State written = write(silent);
    String key = written.key();
    write(honest);
    silent.misbehave(key, request -> request.put("lie", "silence"));
    ours.open(key, null);
    ours.startFollowing(key);
    CoreScenarios.connect(ours, silent);
    CoreScenarios.connect(honest, ours);
    ours.follow(key, BLOCKS);
    assertCopy(ours, key, VARIED, written);
  }

  @ParameterizedTest
  @ValueSource(strings = {"block", "node-hash"})
  void liesOfAPeerThatWasHonest_shouldBeRefusedAndCounted(String lie) throws IOException {
    lie(lie, 5, true);
  }

  private void lie(String lie, int after, boolean isCounted) throws IOException {
    NpmCorePeer liar = writer();
    NpmCorePeer honest = writer();
    PeersteadCorePeer ours = peerstead();
    State written = write(liar);
    String key = written.key();
    assertThat(write(honest).treeHash()).isEqualTo(written.treeHash());
    liar.misbehave(key, request -> request.put("lie", lie).put("after", after));
    ours.open(key, null);
    ours.startFollowing(key);
    CoreScenarios.connect(ours, liar);
    if (isCounted) {
      Awaitility.await("refusal of " + lie)
          .atMost(Duration.ofSeconds(10))
          .until(() -> ours.refused() > 0);
    }
    CoreScenarios.connect(honest, ours);
    ours.follow(key, BLOCKS);
    assertCopy(ours, key, VARIED, written);
  }

  @ParameterizedTest
  @ValueSource(strings = {"long", "fork"})
  void boasts_shouldNotKeepOthersFromServing(String boast) throws IOException {
    NpmCorePeer boaster = writer();
    NpmCorePeer honest = writer();
    PeersteadCorePeer ours = peerstead();
    State written = write(boaster);
    write(honest);
    boaster.misbehave(written.key(), request -> request.put("boast", boast));
    ours.open(written.key(), null);
    ours.startFollowing(written.key());
    CoreScenarios.connect(ours, boaster);
    CoreScenarios.connect(honest, ours);
    ours.follow(written.key(), BLOCKS);
    assertCopy(ours, written.key(), VARIED, written);
  }

  @Test
  void wrongCapability_shouldEndTheConnectionWithoutABlock() throws IOException {
    NpmCorePeer writer = writer();
    State written = write(writer);
    PeersteadCorePeer ours = peerstead();
    ours.open(written.key(), null);
    CoreScenarios.connect(ours, writer);
    ours.follow(written.key(), BLOCKS);
    ours.disconnect();

    NpmCorePeer spy = npm();
    spy.open(written.key(), null);
    spy.misbehave(written.key(), request -> request.put("capability", true));
    long sent = ours.blocksSent();
    CoreScenarios.connect(spy, ours);
    spy.awaitEnded(1);
    assertThat(ours.blocksSent()).isEqualTo(sent);
    assertThat(spy.state(written.key()).length()).isZero();
    assertThat(ours.refused()).isPositive();
  }

  /** Messages that no honest peer sends. Each is sent to us while we serve somebody else. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "requests",
        "impossible-requests",
        "cancels",
        "wants",
        "ranges",
        "far-bitfields",
        "pushes",
        "no-data",
        "extensions",
        "syncs",
        "opens"
      })
  void floods_shouldNotKeepOthersFromBeingServed(String flood) throws IOException {
    flood(flood, flood.equals("opens") ? 5000 : 50_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "huge-count", "far-channel"})
  void invalidFrames_shouldEndTheConnection(String flood) throws IOException {
    NpmCorePeer hostile = flood(flood, 1);
    hostile.awaitEnded(1);
  }

  private NpmCorePeer flood(String flood, int count) throws IOException {
    PeersteadCorePeer ours = peerstead();
    String key = ours.create("log", null).key();
    State written = ours.append(key, VARIED, BLOCKS);
    int port = ours.listen();
    NpmCorePeer hostile = npm();
    hostile.open(key, null);
    hostile.misbehave(key, request -> request.put("flood", flood).put("count", count));
    hostile.dial(port);
    NpmCorePeer reader = npm();
    reader.open(key, null);
    reader.dial(port);
    reader.follow(key, BLOCKS);
    assertCopy(reader, key, VARIED, written);
    State after = ours.append(key, VARIED, 1);
    reader.follow(key, BLOCKS + 1);
    assertCopy(ours, key, VARIED, after);
    return hostile;
  }

  /** Two copies of one writer's keys that went on separately. */
  @Test
  void contradictingHeads_shouldFreezeTheCoreOnBothSides() throws IOException {
    NpmCorePeer first = writer();
    NpmCorePeer second = writer();
    PeersteadCorePeer ours = peerstead();
    State written = write(first);
    String key = written.key();
    second.append(second.create("log", null).key(), new Blocks("other", 1, 50), BLOCKS);
    ours.open(key, null);
    CoreScenarios.connect(ours, first);
    ours.follow(key, BLOCKS);
    CoreScenarios.connect(second, ours);
    second.append(key, new Blocks("other", 1, 50), 1);
    Awaitility.await("frozen").atMost(CorePeer.PATIENCE).until(() -> ours.isFrozen(key));
    assertThat(ours.state(key).length()).isEqualTo(BLOCKS);
    assertThat(ours.state(key).treeHash()).isEqualTo(written.treeHash());
    assertThat(ours.digests(key, 0, BLOCKS)).isEqualTo(VARIED.digests(0, BLOCKS));
    Awaitility.await("conflict at npm")
        .atMost(CorePeer.PATIENCE)
        .until(() -> second.seen(key).get("conflicts").asInt() > 0);
  }
}
