package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.interop.CorePeer.State;

/**
 * Replication with npm hypercore in both directions: each scenario runs with npm's peer as the
 * writer and ours as the reader, and the other way round.
 *
 * <p>{@code -Dpeerstead.pairs=NPM_TO_NPM} runs the scenarios with npm's peer on both sides, to find
 * out whether a scenario asks for something that npm does not do either.
 */
class ReplicationInteropIT {
  private static final String PRIMARY_KEY = "17".repeat(32);

  enum Pair {
    NPM_TO_PEERSTEAD,
    PEERSTEAD_TO_NPM,
    NPM_TO_NPM
  }

  private @TempDir Path folder;
  private final Deque<CorePeer> peers = new ArrayDeque<>();

  static List<Pair> pairs() {
    return Arrays.stream(
            System.getProperty("peerstead.pairs", "NPM_TO_PEERSTEAD,PEERSTEAD_TO_NPM").split(","))
        .map(Pair::valueOf)
        .toList();
  }

  @AfterEach
  void stop() {
    peers.forEach(CorePeer::close);
  }

  private Path newFolder() throws IOException {
    return Files.createDirectory(folder.resolve("peer-" + peers.size()));
  }

  private NpmCorePeer npm(String... options) throws IOException {
    NpmCorePeer peer = NpmCorePeer.start(newFolder(), options);
    peers.push(peer);
    return peer;
  }

  private CorePeer peerstead() throws IOException {
    PeersteadCorePeer peer = PeersteadCorePeer.start(newFolder());
    peers.push(peer);
    return peer;
  }

  private CorePeer writer(Pair pair) throws IOException {
    return pair == Pair.PEERSTEAD_TO_NPM ? peerstead() : npm();
  }

  private CorePeer reader(Pair pair) throws IOException {
    return pair == Pair.NPM_TO_PEERSTEAD ? peerstead() : npm();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void full(Pair pair) throws IOException {
    CoreScenarios.full(writer(pair), reader(pair), true);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void writerDials(Pair pair) throws IOException {
    CoreScenarios.full(writer(pair), reader(pair), false);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void longLog(Pair pair) throws IOException {
    CoreScenarios.longLog(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void sparse(Pair pair) throws IOException {
    CoreScenarios.sparse(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void seeks(Pair pair) throws IOException {
    CoreScenarios.seeks(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void live(Pair pair) throws IOException {
    CoreScenarios.live(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void manyCores(Pair pair) throws IOException {
    CoreScenarios.manyCores(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void lateCore(Pair pair) throws IOException {
    CoreScenarios.lateCore(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void truncation(Pair pair) throws IOException {
    CoreScenarios.truncation(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void bigBlocks(Pair pair) throws IOException {
    CoreScenarios.bigBlocks(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void cleared(Pair pair) throws IOException {
    CoreScenarios.cleared(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void cuts(Pair pair) throws IOException {
    CoreScenarios.cuts(writer(pair), reader(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void extensions(Pair pair) throws IOException {
    CoreScenarios.extensions(writer(pair), reader(pair));
  }

  /** Who keeps a core between its npm writer and its npm reader. */
  static List<Pair> middles() {
    return pairs().stream().filter(pair -> pair != Pair.PEERSTEAD_TO_NPM).toList();
  }

  private CorePeer middle(Pair pair) throws IOException {
    return reader(pair);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void encrypted(Pair pair) throws IOException {
    CoreScenarios.encrypted(writer(pair), reader(pair), writer(pair));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void halves(Pair pair) throws IOException {
    CoreScenarios.halves(writer(pair), reader(pair), writer(pair));
  }

  @ParameterizedTest
  @MethodSource("middles")
  void chain(Pair pair) throws IOException {
    CoreScenarios.chain(npm(), middle(pair), npm());
  }

  @ParameterizedTest
  @MethodSource("middles")
  void smallWants(Pair pair) throws IOException {
    CoreScenarios.chain(npm("--small-wants"), middle(pair), npm("--small-wants"));
  }

  @ParameterizedTest
  @MethodSource("middles")
  void compatCore(Pair pair) throws IOException {
    NpmCorePeer writer = npm();
    String key = writer.createCompat("compat").key();
    State written = writer.append(key, CoreScenarios.VARIED, 90, 11);
    CoreScenarios.copyThrough(writer, middle(pair), npm(), key, CoreScenarios.VARIED, written);
  }

  @ParameterizedTest
  @MethodSource("middles")
  void coreOfThreeSigners(Pair pair) throws IOException {
    coreOfThreeSigners(pair, false);
  }

  /** A signer that was ahead of the others vouches for what they have. */
  @ParameterizedTest
  @MethodSource("middles")
  void coreOfThreeSignersWithPatches(Pair pair) throws IOException {
    coreOfThreeSigners(pair, true);
  }

  private void coreOfThreeSigners(Pair pair, boolean allowPatch) throws IOException {
    NpmCorePeer writer = npm();
    CorePeer middle = middle(pair);
    String key = writer.createMultisig("three", allowPatch).key();
    writer.appendMultisig(key, CoreScenarios.VARIED, 20, 0, 0, 2);
    middle.open(key, null);
    CoreScenarios.connect(middle, writer);
    middle.follow(key, 20);
    writer.appendMultisig(key, CoreScenarios.VARIED, 13, allowPatch ? 9 : 0, 2, 1);
    middle.follow(key, 33);
    State written = writer.appendMultisig(key, CoreScenarios.VARIED, 1, allowPatch ? 8 : 0, 1, 0);
    middle.follow(key, 34);
    middle.closeCore(key);
    writer.disconnect();
    CoreScenarios.copyThrough(writer, middle, npm(), key, CoreScenarios.VARIED, written);
  }

  @ParameterizedTest
  @MethodSource("middles")
  void manifestVersions(Pair pair) throws IOException {
    NpmCorePeer writer = npm();
    CorePeer middle = middle(pair);
    NpmCorePeer reader = npm();
    List<State> written = new ArrayList<>();
    for (int version = 0; version <= 3; version++) {
      String userData = version < 2 ? null : "c0ffee".repeat(40);
      String key = writer.createManifest("version " + version, version, userData).key();
      written.add(writer.append(key, CoreScenarios.VARIED, 40, 9));
      middle.open(key, null);
      reader.open(key, null);
    }
    CoreScenarios.connect(writer, middle);
    for (State core : written) {
      middle.follow(core.key(), 40);
    }
    writer.close();
    CoreScenarios.connect(reader, middle);
    for (State core : written) {
      reader.follow(core.key(), 40);
      CoreScenarios.assertCopy(reader, core.key(), CoreScenarios.VARIED, core);
    }
  }

  @ParameterizedTest
  @MethodSource("middles")
  void staticCore(Pair pair) throws IOException {
    NpmCorePeer writer = npm();
    String key = writer.create("draft", null).key();
    writer.append(key, CoreScenarios.VARIED, 45);
    State written = writer.createStatic(key);
    assertThat(written.key()).isNotEqualTo(key);
    CoreScenarios.copyThrough(
        writer, middle(pair), npm(), written.key(), CoreScenarios.VARIED, written);
  }
}
