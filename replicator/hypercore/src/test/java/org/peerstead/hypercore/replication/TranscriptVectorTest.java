package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.NotWritableException;
import org.peerstead.hypercore.encryption.BlockEncryption;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.hypercore.wire.HypercoreMessage.Request;
import org.peerstead.hypercore.wire.HypercoreMessage.Sync;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.Role;

/**
 * We take the place of one of two npm hypercores 11.39.5 in recorded conversations (made by the
 * shared generator gen-transcripts.js): what the other one said is played to us, and what we say is
 * compared with what npm said, byte for byte except for syncs, which npm repeats.
 */
class TranscriptVectorTest {
  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedNode node = network.node("us");
  private final List<Slice> sent = new ArrayList<>();
  private final Map<Integer, Runnable> actions = new HashMap<>();
  private @Nullable DisconnectReason reason;
  private @Nullable PeerConnection connection;

  private final Link link =
      new Link() {
        @Override
        public boolean send(Slice message) {
          sent.add(message);
          return true;
        }

        @Override
        public boolean isWritable() {
          return true;
        }

        @Override
        public void destroy(DisconnectReason why, String detail) {
          reason = why;
        }
      };

  @BeforeEach
  void reset() {
    sent.clear();
  }

  private static KeyPair alice() {
    return KeyPair.fromSeed(Transcript.sha256("alice"));
  }

  private CoreReplication writer() {
    return node.replicate(node.cores.open(Manifest.ofKeyPair(alice().publicKey()), alice()));
  }

  private static void append(Core core, List<Slice> blocks) {
    try {
      core.publish(core.append(blocks));
    } catch (NotWritableException e) {
      throw new AssertionError(e);
    }
  }

  /** Plays what the other side said; actions happen before the line of their number. */
  private List<Transcript.Item> play(Transcript transcript, boolean isInitiator) {
    connection =
        node.replicator.attach(
            SimulatedNetwork.session(
                isInitiator ? Role.INITIATOR : Role.RESPONDER,
                Transcript.handshakeHash().toByteArray(),
                node.key),
            link,
            0);
    for (int i = 0; i < transcript.lines.size(); i++) {
      actions.getOrDefault(i, () -> {}).run();
      Transcript.Line line = transcript.lines.get(i);
      if (line.isInitiator() != isInitiator) {
        node.replicator.receive(connection, line.message(), 0);
      }
    }
    return sentItems();
  }

  private List<Transcript.Item> sentItems() {
    List<Transcript.Item> items = new ArrayList<>();
    for (Slice message : sent) {
      items.addAll(Transcript.items(message));
    }
    return items;
  }

  private static List<Transcript.Item> withoutSyncs(List<Transcript.Item> items) {
    return items.stream().filter(item -> !(item.message() instanceof Sync)).toList();
  }

  private static HypercoreMessage lastSync(List<Transcript.Item> items) {
    return items.stream()
        .map(Transcript.Item::message)
        .filter(Sync.class::isInstance)
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private void assertSame(Transcript transcript, boolean isInitiator) {
    List<Transcript.Item> ours = play(transcript, isInitiator);
    List<Transcript.Item> theirs = transcript.said(isInitiator);
    assertThat(withoutSyncs(ours)).isEqualTo(withoutSyncs(theirs));
    assertThat(lastSync(ours)).isEqualTo(lastSync(theirs));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full-5", "full-100", "sparse-100", "cancel"})
  void serve_shouldAnswerAsNpmDoes(String name) {
    Transcript transcript = Transcript.load(name);
    CoreReplication core = writer();
    int blocks = name.equals("full-5") ? 5 : name.equals("cancel") ? 3 : 100;
    append(core.core(), Transcript.blocks("full", 0, blocks));
    assertThat(core.core().key()).isEqualTo(Vectors.fixed32(transcript.info, "key"));

    assertSame(transcript, false);
  }

  @Test
  void serve_shouldAnswerWhenWeOpenedTheConnection() {
    CoreReplication core = writer();
    append(core.core(), Transcript.blocks("full", 0, 8));
    actions.put(27, () -> append(core.core(), Transcript.blocks("full", 8, 9)));

    assertSame(Transcript.load("initiator-uploads"), true);
  }

  @Test
  void serve_shouldSendCiphertextOfAnEncryptedCore() {
    Transcript transcript = Transcript.load("encrypted-3");
    CoreReplication core = writer();
    BlockEncryption encryption =
        BlockEncryption.of(
            core.core().key(), Vectors.bytes(transcript.info, "encryptionKey"), false);
    List<Slice> blocks = new ArrayList<>();
    for (Slice plain : Transcript.blocks("full", 0, 3)) {
      blocks.add(encryption.encrypt(blocks.size(), 0, plain));
    }
    append(core.core(), blocks);

    assertSame(transcript, false);
  }

  @Test
  void serve_shouldSendNoManifestOfACompatCore() {
    Transcript transcript = Transcript.load("compat-3");
    Fixed32 key = alice().publicKey();
    node.store.create(key, Manifest.compat(key).encode(), null);
    CoreReplication core = node.replicate(node.cores.openWith(key, alice()));
    assertThat(core.core().key()).isEqualTo(Vectors.fixed32(transcript.info, "key"));
    append(core.core(), Transcript.blocks("full", 0, 3));

    assertSame(transcript, false);
  }

  @Test
  void serve_shouldAnswerUnusualRequestsAsNpmDoes() {
    CoreReplication core = writer();
    append(core.core(), Transcript.blocks("full", 0, 100));
    core.core().clear(3, 6);

    Transcript transcript = Transcript.load("handmade");
    List<Transcript.Item> ours = play(transcript, false);

    List<Transcript.Item> theirs = transcript.said(false);
    // Of two requests in one message we answer the one with priority first.
    assertThat(withoutSyncs(ours)).containsExactlyInAnyOrderElementsOf(withoutSyncs(theirs));
    assertThat(lastSync(ours)).isEqualTo(lastSync(theirs));
    assertThat(reason).isNull();
  }

  @Test
  void serve_shouldTellOfClearedBlocks() {
    CoreReplication core = writer();
    append(core.core(), Transcript.blocks("full", 0, 10));
    actions.put(12, () -> core.core().clear(3, 6));

    assertSame(Transcript.load("clear"), false);
  }

  @Test
  void serve_shouldTellOfAppendedBlocks() {
    CoreReplication core = writer();
    actions.put(7, () -> append(core.core(), Transcript.blocks("full", 0, 1)));
    actions.put(14, () -> append(core.core(), Transcript.blocks("full", 1, 2)));
    actions.put(19, () -> append(core.core(), Transcript.blocks("full", 2, 3)));
    actions.put(24, () -> append(core.core(), Transcript.blocks("full", 3, 7)));

    assertSame(Transcript.load("live"), false);
  }

  @Test
  void serve_shouldLeadToAnotherFork() {
    CoreReplication core = writer();
    append(core.core(), Transcript.blocks("full", 0, 10));
    actions.put(31, () -> SimulatedNode.truncate(core.core(), 6));
    actions.put(34, () -> append(core.core(), Transcript.blocks("fork", 6, 9)));

    assertSame(Transcript.load("reorg"), false);
    assertThat(core.core().head().treeHash())
        .isEqualTo(Vectors.fixed32(Transcript.load("reorg").info, "treeHash"));
  }

  @Test
  void serve_shouldPushWhatIsAskedTo() {
    CoreReplication core = writer();
    append(core.core(), Transcript.blocks("full", 0, 4));
    actions.put(10, () -> append(core.core(), Transcript.blocks("full", 4, 6)));
    actions.put(
        13,
        () -> {
          core.push(4, 0);
          core.push(5, 0);
        });

    List<Transcript.Item> ours = play(Transcript.load("push"), false);

    List<Transcript.Item> theirs = Transcript.load("push").said(false);
    assertThat(withoutSyncs(ours)).containsExactlyInAnyOrderElementsOf(withoutSyncs(theirs));
  }

  @ParameterizedTest
  @ValueSource(strings = {"partial-source", "partial-source-small-wants"})
  void serve_shouldTellWhichBlocksOfManyItHas(String name) {
    SimulatedNode source = network.node("source");
    CoreReplication whole =
        source.replicate(source.cores.open(Manifest.ofKeyPair(alice().publicKey()), alice()));
    append(whole.core(), Transcript.blocks("full", 0, 100));
    CoreReplication part = node.follow(whole.core().key());
    part.download(2, 3, Download.Order.LINEAR, null, 0);
    part.download(40, 60, Download.Order.LINEAR, null, 0);
    SimulatedNetwork.End end = network.connect(node, source);
    network.run(1_000_000);
    end.close();
    network.run(1_000_000);
    assertThat(part.core().bitfield().count(0, 100)).isEqualTo(21);

    assertSame(Transcript.load(name), false);
  }

  @Test
  void open_shouldEndTheConnectionAtAWrongCapability() {
    append(writer().core(), Transcript.blocks("full", 0, 1));

    List<Transcript.Item> ours = play(Transcript.load("bad-capability"), false);

    assertThat(reason).isEqualTo(DisconnectReason.INVALID_CAPABILITY);
    assertThat(ours).isEqualTo(Transcript.load("bad-capability").said(false));
  }

  @Test
  void extension_shouldBeReceived() {
    CoreReplication core = writer();
    List<String> got = new ArrayList<>();
    core.extension("example", (peer, payload, nowNanos) -> got.add(text(payload)));

    play(Transcript.load("extension"), false);

    assertThat(got).containsExactly("\u0005first", "\u0006second");
  }

  @Test
  void extension_shouldBeSentAsNpmDoes() {
    Transcript transcript = Transcript.load("extension");
    CoreReplication core = node.follow(Vectors.fixed32(transcript.info, "key"));
    CoreExtension extension = core.extension("example", (peer, payload, nowNanos) -> {});
    actions.put(
        transcript.lines.size() - 1,
        () -> {
          extension.broadcast(slice("\u0005first"));
          extension.broadcast(slice("\u0006second"));
        });

    assertSame(transcript, true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"full-5", "bad-block", "sparse-100"})
  void follow_shouldAskForTheHeadAsNpmDoes(String name) {
    Transcript transcript = Transcript.load(name);
    CoreReplication core = node.follow(Vectors.fixed32(transcript.info, "key"));

    List<Transcript.Item> ours = play(transcript, true);

    assertThat(requests(ours).getFirst()).isEqualTo(requests(transcript.said(true)).getFirst());
    assertThat(core.core().length()).isPositive();
    assertThat(core.core().manifest()).isEqualTo(Manifest.ofKeyPair(alice().publicKey()));
    assertThat(lastSync(ours)).isEqualTo(lastSync(transcript.said(true)));
  }

  @Test
  void follow_shouldKeepUpWithALiveCore() {
    Transcript transcript = Transcript.load("live");
    CoreReplication core = node.follow(Vectors.fixed32(transcript.info, "key"));
    actions.put(10, () -> core.download(0, Download.LIVE, Download.Order.LINEAR, null, 0));

    List<Transcript.Item> ours = play(transcript, true);

    // Afterwards we ask for block 5 knowing that 4 is on its way, and need one node less.
    assertThat(requests(ours).subList(0, 8))
        .isEqualTo(requests(transcript.said(true)).subList(0, 8));
    assertThat(core.core().contiguousLength()).isEqualTo(7);
    assertThat(lastSync(ours)).isEqualTo(lastSync(transcript.said(true)));
    assertThat(node.log).isEmpty();
  }

  @Test
  void follow_shouldComparePastABadBlock() {
    Transcript transcript = Transcript.load("bad-block");
    CoreReplication core = node.follow(Vectors.fixed32(transcript.info, "key"));
    actions.put(10, () -> core.get(1, 1, new Ignoring(), 0));
    actions.put(12, () -> core.get(2, 1, new Ignoring(), 0));

    assertSame(transcript, true);
    assertThat(node.log).hasSize(1).first().asString().contains("CHECKSUM");
    assertThat(core.peers().getFirst().isPaused()).isFalse();
  }

  @Test
  void follow_shouldFindBlocksAndOffsetsOfASparseCore() {
    Transcript transcript = Transcript.load("sparse-100");
    CoreReplication core = node.follow(Vectors.fixed32(transcript.info, "key"));
    actions.put(10, () -> core.get(57, 1, new Ignoring(), 0));
    actions.put(12, () -> core.get(3, 1, new Ignoring(), 0));
    actions.put(14, () -> core.get(56, 1, new Ignoring(), 0));

    List<Transcript.Item> ours = play(transcript, true);

    assertThat(requests(ours)).isEqualTo(requests(transcript.said(true)).subList(0, 4));
    assertThat(core.core().block(57)).isEqualTo(Transcript.block("full", 57, 20 + 57 % 7));
  }

  @Test
  void attach_shouldOpenAndRejectAsACorestoreDoes() {
    Transcript transcript = Transcript.load("multi");
    SimulatedNode store = network.node("store");
    assertThat(store.replicator.coreCount()).isZero();
    connection =
        store.replicator.attach(
            SimulatedNetwork.session(
                Role.INITIATOR, Transcript.handshakeHash().toByteArray(), node.key),
            link,
            0);
    store.replicator.receive(connection, transcript.lines.get(0).message(), 0);
    assertThat(sent).containsExactly(transcript.lines.get(1).message());

    Fixed32 key = Fixed32.fromHex(transcript.info.get("keys").get(0).asText());
    store.follow(key);
    assertThat(sentItems().getLast())
        .isEqualTo(Transcript.items(transcript.lines.get(2).message()).getFirst());
  }

  private static Slice slice(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(Slice slice) {
    return new String(slice.toByteArray(), StandardCharsets.UTF_8);
  }

  private static List<Request> requests(List<Transcript.Item> items) {
    List<Request> requests = new ArrayList<>();
    for (Transcript.Item item : items) {
      if (item.message() instanceof Request request) {
        requests.add(request);
      }
    }
    return requests;
  }

  private record Ignoring() implements GetListener {
    @Override
    public void block(long index, Slice value) {}

    @Override
    public void failed(long index, Failure failure) {}
  }
}
