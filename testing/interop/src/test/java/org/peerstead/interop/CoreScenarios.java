package org.peerstead.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.peerstead.interop.CorePeer.Place;
import org.peerstead.interop.CorePeer.State;

/**
 * What any two peers must be able to do with a core, whoever wrote it. They run with npm's peer on
 * either side, and with npm's on both sides, so that a failure tells which side is at fault.
 */
final class CoreScenarios {
  /** Some empty blocks, some of several tree nodes' size. */
  static final Blocks VARIED = new Blocks("varied", 0, 300);

  private static final Duration BRIEFLY = Duration.ofMillis(700);
  private static final String ENCRYPTION_KEY = "5a".repeat(32);

  private CoreScenarios() {}

  /** The reader dials. */
  static void connect(CorePeer dialler, CorePeer listener) {
    dialler.dial(listener.listen());
  }

  /** A peer's copy of a complete core, block by block. */
  static void assertCopy(CorePeer peer, String key, Blocks content, State original) {
    State copy = peer.state(key);
    assertThat(copy.length()).isEqualTo(original.length());
    assertThat(copy.fork()).isEqualTo(original.fork());
    assertThat(copy.treeHash()).isEqualTo(original.treeHash());
    assertThat(copy.byteLength()).isEqualTo(original.byteLength());
    assertThat(copy.contiguousLength()).isEqualTo(original.length());
    assertThat(copy.stored()).isEqualTo(original.length());
    assertThat(peer.digests(key, 0, original.length()))
        .isEqualTo(content.digests(0, original.length()));
    if (peer instanceof NpmCorePeer npm) {
      assertThat(npm.computedTreeHash(key)).isEqualTo(original.treeHash());
    }
  }

  static void full(CorePeer writer, CorePeer reader, boolean readerDials) {
    String key = writer.create("log", null).key();
    State written = writer.append(key, VARIED, 300, 7);
    reader.open(key, null);
    if (readerDials) {
      connect(reader, writer);
    } else {
      connect(writer, reader);
    }
    reader.follow(key, 300);
    assertCopy(reader, key, VARIED, written);
  }

  static void longLog(CorePeer writer, CorePeer reader) {
    Blocks content = new Blocks("long", 0, 60);
    String first = writer.create("first", null).key();
    String second = writer.create("second", null).key();
    State written = writer.append(first, content, 10_000);
    writer.append(second, content, 10_000);
    reader.open(first, null);
    reader.open(second, null);
    connect(reader, writer);
    reader.awaitLength(first, 10_000, 0);
    reader.download(first, 0, 10_000, true);
    assertCopy(reader, first, content, written);
    reader.follow(second, 10_000);
    assertThat(reader.state(second).contiguousLength()).isEqualTo(10_000);
    assertThat(reader.digests(second, 0, 10_000)).isEqualTo(content.digests(0, 10_000));
  }

  static void sparse(CorePeer writer, CorePeer reader) {
    Blocks content = new Blocks("sparse", 1, 90);
    String key = writer.create("log", null).key();
    State written = writer.append(key, content, 1000);
    reader.open(key, null);
    connect(reader, writer);
    List<Long> wanted = new ArrayList<>(List.of(999L, 0L, 500L, 501L, 3L, 998L, 511L, 512L, 256L));
    for (long index : wanted) {
      assertThat(reader.get(key, index)).as("block %d", index).isEqualTo(content.digest(index));
    }
    State sparse = reader.state(key);
    assertThat(sparse.length()).isEqualTo(1000);
    assertThat(sparse.stored()).as("nothing else was downloaded").isEqualTo(wanted.size());
    assertThat(sparse.treeHash()).isEqualTo(written.treeHash());
    Collections.sort(wanted);
    for (long index : wanted) {
      assertThat(reader.digests(key, index, index + 1)).containsExactly(content.digest(index));
    }
    reader.download(key, 100, 140, false);
    assertThat(reader.state(key).stored()).isEqualTo(wanted.size() + 40);
    assertThat(reader.digests(key, 100, 140)).isEqualTo(content.digests(100, 140));
    reader.download(key, 0, 1000, false);
    assertCopy(reader, key, content, written);
  }

  static void seeks(CorePeer writer, CorePeer reader) {
    Blocks content = new Blocks("seek", 0, 120);
    String key = writer.create("log", null).key();
    long byteLength = writer.append(key, content, 777).byteLength();
    reader.open(key, null);
    connect(reader, writer);
    reader.awaitLength(key, 777, 0);
    for (long bytes : new long[] {0, 1, byteLength / 2, byteLength / 3, byteLength - 1, 12_345}) {
      Place expected = placeOf(content, 777, bytes);
      assertThat(reader.seek(key, bytes)).as("byte %d", bytes).isEqualTo(expected);
      assertThat(writer.seek(key, bytes)).as("byte %d at the writer", bytes).isEqualTo(expected);
    }
    assertThat(reader.state(key).stored()).as("seeking downloads no blocks").isLessThan(20);
  }

  private static Place placeOf(Blocks content, long length, long bytes) {
    long start = 0;
    for (long i = 0; i < length; i++) {
      int size = content.block(i).length;
      if (bytes < start + size) {
        return new Place(i, bytes - start);
      }
      start += size;
    }
    throw new IllegalArgumentException(bytes + " is beyond the core");
  }

  static void live(CorePeer writer, CorePeer reader) {
    String key = writer.create("log", null).key();
    reader.open(key, null);
    connect(reader, writer);
    reader.startFollowing(key);
    for (int i = 0; i < 40; i++) {
      State written = writer.append(key, VARIED, 1);
      if (i % 8 == 0) {
        reader.follow(key, written.length());
      }
    }
    State written = writer.append(key, VARIED, 500, 3);
    reader.follow(key, written.length());
    assertCopy(reader, key, VARIED, written);
  }

  static void encrypted(CorePeer writer, CorePeer blind, CorePeer reader) {
    String key = writer.create("secret", ENCRYPTION_KEY).key();
    State written = writer.append(key, VARIED, 120);
    blind.open(key, null);
    connect(blind, writer);
    blind.follow(key, 120);
    State stored = blind.state(key);
    assertThat(stored.treeHash()).isEqualTo(written.treeHash());
    assertThat(stored.byteLength()).isEqualTo(written.byteLength() + 8 * 120);
    assertThat(blind.digests(key, 0, 120)).isEqualTo(writer.digests(key, 0, 120, true));
    assertThat(blind.digests(key, 0, 120)).doesNotContainAnyElementsOf(VARIED.digests(0, 120));
    writer.disconnect();
    writer.close();

    reader.open(key, ENCRYPTION_KEY);
    connect(reader, blind);
    reader.follow(key, 120);
    assertCopy(reader, key, VARIED, written);
    long bytes = written.byteLength() / 2;
    assertThat(reader.seek(key, bytes)).isEqualTo(placeOf(VARIED, 120, bytes));
  }

  static void manyCores(CorePeer writer, CorePeer reader) {
    List<State> written = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String key = writer.create("core " + i, null).key();
      written.add(writer.append(key, new Blocks("core " + i, 10, 200), 50));
    }
    for (State core : written.subList(0, 10)) {
      reader.open(core.key(), null);
    }
    connect(reader, writer);
    for (State core : written.subList(10, 20)) {
      reader.open(core.key(), null);
    }
    written.forEach(core -> reader.startFollowing(core.key()));
    for (int i = 0; i < 20; i++) {
      reader.follow(written.get(i).key(), 50);
      assertCopy(reader, written.get(i).key(), new Blocks("core " + i, 10, 200), written.get(i));
    }
  }

  /** A core that the other side learns of only when the connection has long been there. */
  static void lateCore(CorePeer writer, CorePeer reader) {
    connect(reader, writer);
    String key = writer.create("late", null).key();
    reader.open(key, null);
    reader.startFollowing(key);
    State written = writer.append(key, VARIED, 30);
    reader.follow(key, 30);
    assertCopy(reader, key, VARIED, written);
    reader.closeCore(key);
    writer.append(key, VARIED, 10);
    reader.open(key, null);
    reader.follow(key, 40);
    assertThat(reader.digests(key, 0, 40)).isEqualTo(VARIED.digests(0, 40));
  }

  static void truncation(CorePeer writer, CorePeer reader) {
    String key = writer.create("log", null).key();
    writer.append(key, VARIED, 100);
    reader.open(key, null);
    connect(reader, writer);
    reader.follow(key, 100);

    writer.truncate(key, 37);
    Blocks other = new Blocks("other", 5, 50);
    State longer = writer.append(key, other, 90);
    reader.follow(key, 127, 1);
    assertThat(reader.state(key).treeHash()).isEqualTo(longer.treeHash());
    assertThat(reader.state(key).fork()).isEqualTo(1);
    assertThat(reader.digests(key, 0, 37)).isEqualTo(VARIED.digests(0, 37));
    assertThat(reader.digests(key, 37, 127)).isEqualTo(other.digests(37, 127));

    writer.truncate(key, 64);
    reader.follow(key, 64, 2);
    State shorter = writer.state(key);
    Awaitility.await("the shorter core")
        .atMost(CorePeer.PATIENCE)
        .untilAsserted(() -> {
          assertThat(reader.state(key).length()).isEqualTo(64);
          assertThat(reader.state(key).treeHash()).isEqualTo(shorter.treeHash());
        });
    assertThat(reader.digests(key, 37, 64)).isEqualTo(other.digests(37, 64));

    reader.disconnect();
    writer.truncate(key, 10);
    writer.append(key, VARIED, 3);
    writer.truncate(key, 12);
    State written = writer.append(key, VARIED, 200);
    connect(reader, writer);
    reader.follow(key, 212, 4);
    assertCopy(reader, key, VARIED, written);
  }

  static void bigBlocks(CorePeer writer, CorePeer reader) {
    Blocks big = Blocks.of("big", 15 * 1024 * 1024);
    String key = writer.create("big", null).key();
    writer.append(key, Blocks.of("small", 3), 1);
    State written = writer.append(key, big, 3, 1);
    reader.open(key, null);
    connect(reader, writer);
    reader.follow(key, 4);
    assertThat(reader.state(key).treeHash()).isEqualTo(written.treeHash());
    assertThat(reader.digests(key, 1, 4)).isEqualTo(big.digests(1, 4));
  }

  /** Blocks that the writer has thrown away. */
  static void cleared(CorePeer writer, CorePeer reader) {
    String key = writer.create("log", null).key();
    State written = writer.append(key, VARIED, 100);
    writer.clear(key, 20, 30);
    reader.open(key, null);
    connect(reader, writer);
    reader.awaitLength(key, 100, 0);
    reader.download(key, 0, 20, false);
    reader.download(key, 30, 100, false);
    assertThat(reader.digests(key, 30, 100)).isEqualTo(VARIED.digests(30, 100));
    assertThat(reader.state(key).stored()).isEqualTo(90);
    assertThat(reader.state(key).treeHash()).isEqualTo(written.treeHash());
    assertThatThrownBy(() -> reader.get(key, 25, BRIEFLY)).isInstanceOf(PeerFailedException.class);
    writer.clear(key, 30, 60);
    assertThat(reader.digests(key, 30, 60)).isEqualTo(VARIED.digests(30, 60));
  }

  /** Two peers without the writer, each of which has what the other lacks. */
  static void halves(CorePeer writer, CorePeer left, CorePeer right) {
    String key = writer.create("log", null).key();
    State written = writer.append(key, VARIED, 400);
    int port = writer.listen();
    for (CorePeer reader : List.of(left, right)) {
      reader.open(key, null);
      reader.dial(port);
      reader.awaitLength(key, 400, 0);
    }
    left.download(key, 0, 190, false);
    right.download(key, 210, 400, true);
    right.download(key, 190, 210, true);
    writer.disconnect();
    left.awaitPeers(key, 0);
    right.awaitPeers(key, 0);
    connect(left, right);
    CompletableFuture<State> both = CompletableFuture.supplyAsync(() -> left.follow(key, 400));
    right.follow(key, 400);
    both.join();
    assertCopy(left, key, VARIED, written);
    assertCopy(right, key, VARIED, written);
  }

  /** The connection is cut again and again; what arrived stays. */
  static void cuts(CorePeer writer, CorePeer reader) {
    Blocks content = Blocks.of("cuts", 3000);
    String key = writer.create("log", null).key();
    State written = writer.append(key, content, 3000);
    reader.open(key, null);
    reader.startFollowing(key);
    int port = writer.listen();
    long before = 0;
    for (int i = 0; i < 4; i++) {
      reader.dial(port);
      long atLeast = Math.min(before + 150, 3000);
      Awaitility.await("blocks after cut " + i)
          .atMost(CorePeer.PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> reader.state(key).stored() >= atLeast);
      if (i % 2 == 0) {
        reader.disconnect();
      } else {
        writer.disconnect();
      }
      before = reader.state(key).stored();
    }
    reader.dial(port);
    reader.follow(key, 3000);
    assertCopy(reader, key, content, written);
  }

  static void extensions(CorePeer writer, CorePeer reader) {
    String key = writer.create("log", null).key();
    writer.append(key, VARIED, 1);
    reader.open(key, null);
    connect(reader, writer);
    reader.awaitPeers(key, 1);
    writer.awaitPeers(key, 1);
    writer.broadcast(key, "from the writer");
    reader.broadcast(key, "from the reader");
    writer.broadcast(key, "");
    assertThat(reader.awaitMessages(key, 2)).containsExactly("from the writer", "");
    assertThat(writer.awaitMessages(key, 1)).containsExactly("from the reader");
  }

  /** The writer leaves; the one who followed it serves others. */
  static void chain(CorePeer writer, CorePeer middle, CorePeer reader) {
    String key = writer.create("log", null).key();
    State written = writer.append(key, VARIED, 250);
    copyThrough(writer, middle, reader, key, VARIED, written);
  }

  /** Copies a core from its writer to a peer in the middle, and from there to a reader. */
  static void copyThrough(
      CorePeer writer,
      CorePeer middle,
      CorePeer reader,
      String key,
      Blocks content,
      State written) {
    middle.open(key, null);
    connect(middle, writer);
    middle.follow(key, written.length());
    assertCopy(middle, key, content, written);
    writer.close();
    reader.open(key, null);
    connect(reader, middle);
    reader.follow(key, written.length());
    assertCopy(reader, key, content, written);
  }
}
