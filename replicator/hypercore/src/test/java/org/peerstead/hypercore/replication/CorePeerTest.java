package org.peerstead.hypercore.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.core.Core;
import org.peerstead.hypercore.core.Corestore;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.wire.HypercoreMessage;
import org.peerstead.hypercore.wire.HypercoreMessage.Bitfield;
import org.peerstead.hypercore.wire.HypercoreMessage.Cancel;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.hypercore.wire.HypercoreMessage.Range;
import org.peerstead.hypercore.wire.HypercoreMessage.Request;
import org.peerstead.hypercore.wire.HypercoreMessage.Sync;
import org.peerstead.hypercore.wire.HypercoreMessage.Unwant;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** The rules of one peer, spoken by hand. */
class CorePeerTest {
  private final SimulatedNetwork network = new SimulatedNetwork(1);
  private final SimulatedNode node = network.node("node");
  private final SimulatedNode other = network.node("other");
  private final CoreReplication source = other.create("log");

  private static Sync sync(long fork, long length, long acknowledged) {
    return new Sync(fork, length, acknowledged, true, true, true, true, false);
  }

  private Data answer(Request request) {
    try {
      return new Data(
          request.id(),
          source.core().prove(request.proof()),
          request.wantsManifest() ? source.core().manifest() : null);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A peer that has all blocks and has answered the request for the head. */
  private RawPeer upgraded(CoreReplication copy) {
    RawPeer peer = new RawPeer(node).open(source.core().key());
    long length = source.core().length();
    peer.send(new Range(false, 0, length)).send(sync(0, length, 0));
    peer.send(answer(peer.take(Request.class).getFirst()));
    assertThat(copy.core().length()).isEqualTo(length);
    peer.send(sync(0, length, length));
    return peer;
  }

  private CoreReplication follow(int blocks) {
    SimulatedNode.append(source.core(), blocks, 20);
    return node.follow(source.core().key());
  }

  @Test
  void open_shouldSendNothingBeforeTheOtherSideProvedToKnowTheKey() {
    CoreReplication copy = follow(3);
    RawPeer peer = new RawPeer(node);
    List<Slice> raw = peer.takeRaw();
    assertThat(raw).hasSize(1);
    assertThat(Transcript.items(raw.getFirst())).hasSize(1).allMatch(item -> item.channel() == 0);

    peer.open(source.core().key(), Slice.of(new byte[33]));

    assertThat(peer.reason).isEqualTo(DisconnectReason.INVALID_CAPABILITY);
    assertThat(peer.takeRaw()).isEmpty();
    assertThat(copy.hasOpeningPeers()).isFalse();
  }

  @Test
  void open_shouldNotTellAStrangerThatWeKnowTheKey() {
    follow(3);
    node.replicator.stop(node.replicator.find(source.core().discoveryKey()), 0);
    node.isFinding = true;
    RawPeer peer = new RawPeer(node).open(source.core().key(), Slice.of(new byte[33]));

    assertThat(peer.reason).isEqualTo(DisconnectReason.INVALID_CAPABILITY);
    assertThat(peer.takeRaw()).isEmpty();
    // Found, and released again.
    assertThat(node.found.values()).containsExactly(0);
    assertThat(node.replicator.coreCount()).isZero();
  }

  @Test
  void open_shouldServeACoreThatIsOnlyStoredUntilThePeerIsGone() {
    SimulatedNode.append(source.core(), 5, 20);
    other.replicator.stop(source, 0);
    other.isFinding = true;
    CoreReplication copy = node.follow(source.core().key());
    copy.download(0, 5, Download.Order.LINEAR, null, 0);
    SimulatedNetwork.End end = network.connect(node, other);
    network.run(1_000_000);
    assertThat(copy.core().contiguousLength()).isEqualTo(5);
    assertThat(other.replicator.coreCount()).isEqualTo(1);
    assertThat(other.found.values()).containsExactly(1);

    end.close();
    network.run(1_000_000);

    assertThat(other.replicator.coreCount()).isZero();
    assertThat(other.found.values()).containsExactly(0);
  }

  @Test
  void open_shouldBeRejectedAndMadeUpForLater() {
    SimulatedNode.append(source.core(), 5, 20);
    other.replicator.stop(source, 0);
    CoreReplication copy = node.follow(source.core().key());
    copy.download(0, Download.LIVE, Download.Order.LINEAR, null, 0);
    network.connect(node, other);
    network.run(1_000_000);
    assertThat(copy.peerCount()).isZero();
    assertThat(copy.hasOpeningPeers()).isFalse();

    other.replicate(source.core());
    network.run(1_000_000);

    assertThat(copy.core().contiguousLength()).isEqualTo(5);
  }

  @Test
  void sync_shouldBeAcknowledgedToAShorterPeer() {
    SimulatedNode.append(source.core(), 5, 20);
    RawPeer peer = new RawPeer(other).open(source.core().key());
    assertThat(peer.take(Sync.class)).containsExactly(sync(0, 5, 0));

    peer.send(sync(0, 3, 0));

    assertThat(peer.take(Sync.class)).containsExactly(sync(0, 5, 3));
  }

  @Test
  void sync_shouldTellWhenAnUpgradeCanBeProvenAtLast() {
    CoreReplication copy = follow(93);
    RawPeer shorter = new RawPeer(node).open(source.core().key());
    RawPeer longer = upgraded(copy);
    shorter.send(sync(0, 90, 0));
    assertThat(shorter.take(Sync.class).getLast().canUpgrade()).isFalse();

    copy.download(80, 93, Download.Order.LINEAR, null, 0);
    for (Request request : longer.take(Request.class)) {
      longer.send(answer(request));
    }

    assertThat(shorter.take(Sync.class))
        .singleElement()
        .satisfies(sync -> assertThat(sync.canUpgrade()).isTrue());
  }

  @Test
  void upgrade_shouldWaitForTheAcknowledgement() {
    CoreReplication copy = follow(3);
    RawPeer peer = upgraded(copy);
    peer.take();

    SimulatedNode.append(source.core(), 2, 20);
    peer.send(sync(0, 5, 0));
    assertThat(peer.take(Request.class)).isEmpty();
    peer.send(sync(0, 5, 3));

    assertThat(peer.take(Request.class))
        .singleElement()
        .satisfies(request ->
            assertThat(request.proof())
                .isEqualTo(new ProofRequest(0, null, null, null, new ProofRequest.Upgrade(3, 2))));
  }

  @Test
  void upgrade_shouldNotBeAskedOfAPeerThatCannotProveIt() {
    CoreReplication copy = follow(3);
    RawPeer peer = upgraded(copy);
    peer.take();

    peer.send(new Sync(0, 9, 3, false, true, true, true, false));
    peer.send(new Sync(0, 9, 3, true, false, true, true, false));

    assertThat(peer.take(Request.class)).isEmpty();
  }

  @Test
  void refusedUpgrade_shouldBeAskedOnlyAfterTheNextSync() {
    follow(3);
    RawPeer peer = new RawPeer(node).open(source.core().key());
    peer.send(sync(0, 3, 0));
    Request request = peer.take(Request.class).getFirst();

    peer.send(new NoData(request.id(), 1));
    assertThat(peer.take(Request.class)).isEmpty();
    peer.send(sync(0, 3, 0));

    assertThat(peer.take(Request.class)).hasSize(1);
  }

  @Test
  void want_shouldBeSentForBlocksThePeerSaysNothingAbout() {
    CoreReplication copy = follow(100);
    RawPeer peer = new RawPeer(node).open(source.core().key());
    peer.send(sync(0, 100, 0));
    peer.send(answer(peer.take(Request.class).getFirst()));
    copy.download(0, 100, Download.Order.LINEAR, null, 0);
    assertThat(peer.take(Want.class)).containsExactly(new Want(0, 2_097_152, false));

    peer.send(new Bitfield(0, new int[] {0b100, 0, 1}));

    assertThat(peer.take(Request.class))
        .extracting(request -> request.proof().block())
        .containsExactly(new ProofRequest.Block(2, 6), new ProofRequest.Block(64, 5));
  }

  @Test
  void wants_shouldBeGivenBackWhenThereAreTooMany() {
    SimulatedNode small = network.node("small", ReplicationConfig.DEFAULT.withWantBlocks(32));
    SimulatedNode.append(source.core(), 32 * 600, 1);
    CoreReplication copy = small.follow(source.core().key());
    RawPeer peer = new RawPeer(small).open(source.core().key());
    peer.send(sync(0, 32 * 600, 0));
    peer.send(answer(peer.take(Request.class).getFirst()));
    for (int i = 0; i < 600; i++) {
      copy.get(32 * i, 1, new Got(new ArrayList<>()), 0);
    }
    List<HypercoreMessage> messages = peer.take();
    assertThat(messages.stream().filter(Want.class::isInstance)).hasSizeLessThanOrEqualTo(512);
    assertThat(messages.stream().filter(Unwant.class::isInstance)).isEmpty();
  }

  @Test
  void get_shouldNotStarveBehindBlocksThatNobodyHas() {
    CoreReplication copy = follow(4_000);
    RawPeer peer = new RawPeer(node).open(source.core().key());
    peer.send(new Range(false, 3_900, 100)).send(sync(0, 4_000, 0));
    peer.send(answer(peer.take(Request.class).getFirst()));
    List<Slice> got = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      copy.get(i, 1, new Got(got), 0);
    }
    copy.get(3_950, 1, new Got(got), 0);
    for (Request request : peer.take(Request.class)) {
      peer.send(answer(request));
    }

    assertThat(got).containsExactly(source.core().block(3_950));
  }

  @Test
  void nodes_shouldCountWhatIsOnItsWay() {
    CoreReplication copy = follow(8);
    RawPeer peer = upgraded(copy);

    copy.download(0, 8, Download.Order.LINEAR, null, 0);

    assertThat(peer.take(Request.class))
        .extracting(request -> request.proof().block().nodes())
        .containsExactly(3L, 0L, 1L, 0L, 2L, 0L, 1L, 0L);
  }

  @Test
  void answer_shouldWaitForTheOneItBuildsOn() {
    CoreReplication copy = follow(8);
    RawPeer peer = upgraded(copy);
    copy.download(0, 8, Download.Order.LINEAR, null, 0);
    List<Request> requests = peer.take(Request.class);

    for (int i = 7; i > 0; i--) {
      peer.send(answer(requests.get(i)));
    }
    assertThat(copy.core().bitfield().count(0, 8)).isZero();
    peer.send(answer(requests.getFirst()));

    assertThat(copy.core().contiguousLength()).isEqualTo(8);
    assertThat(node.replicator.stats().answersParked).isEqualTo(7);
    assertThat(node.log).isEmpty();
  }

  @Test
  void answer_shouldBeAskedForAgainWhenTheOneItBuildsOnIsRefused() {
    CoreReplication copy = follow(2);
    RawPeer peer = upgraded(copy);
    copy.download(0, 2, Download.Order.LINEAR, null, 0);
    List<Request> requests = peer.take(Request.class);
    peer.send(new NoData(requests.get(0).id(), 1));
    peer.send(answer(requests.get(1)));

    Request again = peer.take(Request.class).getFirst();
    assertThat(again.proof().block()).isEqualTo(new ProofRequest.Block(1, 1));
    peer.send(answer(again));

    assertThat(SimulatedNode.bits(copy.core())).isEqualTo("01");
    assertThat(node.log).isEmpty();
  }

  @Test
  void cancelledId_shouldNotBeUsedBeforeALaterAnswer() {
    CoreReplication copy = follow(8);
    RawPeer peer = upgraded(copy);
    Ticket ticket = copy.get(3, 1, new Got(new ArrayList<>()), 0);
    Request first = peer.take(Request.class).getFirst();
    ticket.cancel(0);
    assertThat(peer.take(Cancel.class)).containsExactly(new Cancel(first.id()));

    copy.get(4, 1, new Got(new ArrayList<>()), 0);
    Request second = peer.take(Request.class).getFirst();
    assertThat(second.id()).isNotEqualTo(first.id());
    // The answer to the cancelled one was on its way.
    peer.send(answer(first));
    peer.send(answer(second));

    assertThat(copy.requests().taken()).isZero();
    assertThat(node.replicator.stats().unaskedData).isZero();
  }

  @Test
  void cancelledGet_shouldNotTakeTheHeadNorTheBlockFromADownload() {
    CoreReplication copy = follow(4);
    RawPeer peer = upgraded(copy);
    Ticket ticket = copy.get(4, 1, new Got(new ArrayList<>()), 0);
    SimulatedNode.append(source.core(), 2, 20);
    peer.send(new Range(false, 0, 6)).send(sync(0, 6, 4));
    assertThat(peer.take(Request.class)).hasSize(1);

    ticket.cancel(0);
    List<Request> again = peer.take(Request.class);
    assertThat(again).hasSize(1);
    assertThat(again.getFirst().proof().upgrade()).isNotNull();
    peer.send(answer(again.getFirst()));
    assertThat(copy.core().length()).isEqualTo(6);

    Ticket other = copy.get(3, 1, new Got(new ArrayList<>()), 0);
    copy.download(3, 6, Download.Order.LINEAR, null, 0);
    other.cancel(0);
    for (Request request : peer.take(Request.class)) {
      peer.send(answer(request));
    }
    assertThat(SimulatedNode.bits(copy.core())).isEqualTo("000111");
  }

  @Test
  void badBlock_shouldLeadToAComparisonAndAnotherPeer() {
    CoreReplication copy = follow(8);
    RawPeer peer = upgraded(copy);
    List<Slice> got = new ArrayList<>();
    copy.get(3, 1, new Got(got), 0);
    Request request = peer.take(Request.class).getFirst();
    Proof right = answer(request).proof();
    Proof.Block block = new Proof.Block(3, Slice.of(new byte[20]), right.block().nodes());
    peer.send(new Data(request.id(), new Proof(0, block, null, null, null), null));

    assertThat(node.replicator.stats().proofsFailed(ProofFailure.PROOF)).isOne();
    assertThat(peer.take(Request.class))
        .singleElement()
        .satisfies(each -> assertThat(each.id()).isZero());
    RawPeer honest = new RawPeer(node).open(source.core().key());
    honest.send(new Range(false, 0, 8)).send(sync(0, 8, 8));
    honest.send(answer(honest.take(Request.class).getFirst()));
    assertThat(got).containsExactly(source.core().block(3));
  }

  @Test
  void badProofs_shouldEndTheConnection() {
    CoreReplication copy = follow(40);
    RawPeer peer = upgraded(copy);
    copy.download(0, 40, Download.Order.LINEAR, null, 0);
    peer.take();
    for (int i = 0; i < 16; i++) {
      assertThat(peer.reason).isNull();
      Proof.Upgrade upgrade =
          new Proof.Upgrade(0, 40, List.of(), List.of(), Slice.of(new byte[68]));
      peer.send(new Data(0, new Proof(0, null, null, null, upgrade), null));
    }
    assertThat(peer.reason).isEqualTo(DisconnectReason.BAD_PROOFS);
    assertThat(copy.requests().taken()).isZero();
  }

  @Test
  void unaskedData_shouldBeDroppedAndEndTheConnectionAtLast() {
    CoreReplication copy = follow(8);
    RawPeer peer = upgraded(copy);
    Data pushed =
        answer(
            new Request(
                0, new ProofRequest(0, new ProofRequest.Block(2, 3), null, null, null), false, 0));
    peer.send(pushed);
    assertThat(copy.core().has(2)).isFalse();

    copy.setPushAllowed(true, 0);
    peer.send(pushed);
    assertThat(copy.core().has(2)).isTrue();
    copy.setPushAllowed(false, 0);
    for (int i = 0; i < 1_024 && peer.reason == null; i++) {
      peer.send(pushed);
    }

    assertThat(peer.reason).isEqualTo(DisconnectReason.UNASKED_DATA);
  }

  @Test
  void contradiction_shouldFreezeTheCoreAndTellAllPeers() {
    SimulatedNode.append(source.core(), 4, 20);
    // The same key, another history: what a careless or evil writer does.
    byte[] seed = other.cores.keyPair(new CoreAlias(Corestore.ROOT_NAMESPACE, "log")).seed();
    SimulatedNode twin = network.node("twin");
    Core evil =
        twin.cores.open(
            source.core().manifest(), org.peerstead.securestream.crypto.KeyPair.fromSeed(seed));
    SimulatedNode.append(evil, 4, 21);
    CoreReplication copy = node.follow(source.core().key());
    network.connect(node, other);
    network.run(1_000_000);
    assertThat(copy.core().length()).isEqualTo(4);
    List<GetListener.Failure> failures = new ArrayList<>();
    copy.get(
        9,
        1,
        new GetListener() {
          @Override
          public void block(long index, Slice value) {}

          @Override
          public void failed(long index, Failure failure) {
            failures.add(failure);
          }
        },
        0);

    RawPeer peer = new RawPeer(node).open(source.core().key());
    peer.send(sync(0, 4, 4));
    peer.take();
    try {
      peer.send(new Data(0, evil.prove(Comparison.request(0, 4)), null));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    network.run(1_000_000);

    assertThat(copy.core().isFrozen()).isTrue();
    assertThat(node.log).containsExactly("conflict");
    assertThat(failures).containsExactly(GetListener.Failure.FROZEN);
    assertThat(peer.take(Data.class))
        .singleElement()
        .satisfies(data -> assertThat(data.requestId()).isZero());
    assertThat(copy.peerCount()).isZero();
  }

  @Test
  void idleChannel_shouldBeClosedAndOpenedAgain() {
    SimulatedNode.append(source.core(), 4, 20);
    CoreReplication copy = node.follow(source.core().key());
    network.connect(node, other);
    network.run(1_000_000);
    assertThat(copy.peerCount()).isOne();

    copy.setDownloading(false, network.nowNanos);
    source.setDownloading(false, network.nowNanos);
    network.run(19_000_000_000L);
    assertThat(copy.peerCount()).isOne();
    network.run(30_000_000_000L);
    assertThat(copy.peerCount()).isZero();
    assertThat(source.peerCount()).isZero();

    copy.setDownloading(true, network.nowNanos);
    network.run(1_000_000);
    assertThat(copy.peerCount()).isOne();
  }

  @Test
  void slowPeer_shouldBeHelpedByAnIdleOne() {
    CoreReplication copy = follow(8);
    RawPeer slow = upgraded(copy);
    copy.download(0, 8, Download.Order.LINEAR, null, 0);
    List<Request> asked = slow.take(Request.class);
    assertThat(asked).hasSize(8);
    RawPeer quick = new RawPeer(node).open(source.core().key());
    quick.send(new Range(false, 0, 8)).send(sync(0, 8, 8));
    assertThat(quick.take(Request.class)).isEmpty();

    network.nowNanos = node.replicator.nextDeadlineNanos();
    node.replicator.onDeadline(network.nowNanos);
    List<Request> helping = quick.take(Request.class);
    assertThat(helping).hasSize(8);
    for (Request request : helping) {
      quick.send(answer(request));
    }

    assertThat(copy.core().contiguousLength()).isEqualTo(8);
    assertThat(slow.take(Cancel.class)).hasSize(8);
    assertThat(node.replicator.stats().hotswaps).isEqualTo(8);
  }

  @Test
  void lostPeer_shouldBeReplacedByAnother() {
    CoreReplication copy = follow(8);
    RawPeer first = upgraded(copy);
    copy.download(0, 8, Download.Order.LINEAR, null, 0);
    RawPeer second = new RawPeer(node).open(source.core().key());
    second.send(new Range(false, 0, 8)).send(sync(0, 8, 8));
    second.take();

    first.detach();

    List<Request> requests = second.take(Request.class);
    assertThat(requests).hasSize(8);
    requests.forEach(request -> second.send(answer(request)));
    assertThat(copy.core().contiguousLength()).isEqualTo(8);
  }

  @Test
  void update_shouldEndWhenNobodyIsAhead() {
    CoreReplication copy = follow(8);
    List<Boolean> done = new ArrayList<>();
    copy.update(done::add, 0);
    assertThat(done).containsExactly(false);

    RawPeer peer = new RawPeer(node);
    copy.update(done::add, 0);
    assertThat(done).hasSize(1);
    peer.open(source.core().key());
    peer.send(sync(0, 8, 0));
    Request request = peer.take(Request.class).getFirst();
    assertThat(done).hasSize(1);
    peer.send(answer(request));

    assertThat(done).containsExactly(false, true);
    copy.update(done::add, 0);
    assertThat(done).containsExactly(false, true, false);
  }

  @Test
  void seek_shouldFindTheBlockWithTheHelpOfAPeer() {
    CoreReplication copy = follow(100);
    RawPeer peer = upgraded(copy);
    List<String> found = new ArrayList<>();
    copy.seek(
        1_234,
        0,
        new SeekListener() {
          @Override
          public void found(long index, long offset) {
            found.add(index + "+" + offset);
          }

          @Override
          public void failed(GetListener.Failure failure) {}
        },
        0);
    for (int i = 0; i < 10 && found.isEmpty(); i++) {
      for (Request request : peer.take(Request.class)) {
        peer.send(answer(request));
      }
    }
    assertThat(found).containsExactly("61+14");
  }

  @Test
  void protocols_shouldShareTheConnection() {
    List<String> log = new ArrayList<>();
    other.replicator.register(
        "echo",
        (connection, id, handshake, nowNanos) ->
            new ProtocolHandler.Accept(
                Slice.of(new byte[] {7}),
                new ProtocolListener() {
                  @Override
                  public void message(
                      ProtocolChannel channel, int type, Slice payload, long nanos) {
                    channel.send(type + 1, payload);
                  }

                  @Override
                  public void closed(ProtocolChannel channel, boolean isRejected, long nanos) {
                    log.add("closed there");
                  }
                }));
    SimulatedNetwork.End end = network.connect(node, other);
    ProtocolListener listener =
        new ProtocolListener() {
          @Override
          public void opened(ProtocolChannel channel, Slice remoteHandshake, long nowNanos) {
            log.add("opened " + remoteHandshake.toHex());
            channel.send(3, Slice.of(new byte[] {1, 2}));
          }

          @Override
          public void message(ProtocolChannel channel, int type, Slice payload, long nowNanos) {
            log.add(type + " " + payload.toHex());
            channel.close();
          }

          @Override
          public void closed(ProtocolChannel channel, boolean isRejected, long nowNanos) {
            log.add("rejected " + isRejected);
          }
        };
    assertThat(end.connection).isNotNull();
    end.connection.open("echo", Slice.EMPTY, Slice.EMPTY, listener);
    end.connection.open("unknown", Slice.EMPTY, Slice.EMPTY, listener);
    network.run(1_000_000);

    assertThat(log)
        .containsExactlyInAnyOrder("opened 07", "4 0102", "rejected true", "closed there");
  }

  @Test
  void channel_shouldBeReachableByItsOtherName() {
    SimulatedNode.append(source.core(), 4, 20);
    RawPeer peer = new RawPeer(other);
    peer.takeRaw();
    Fixed32 key = source.core().key();
    Slice ours =
        org.peerstead.hypercore.wire.Capability.ours(
                SimulatedNetwork.session(
                    org.peerstead.securestream.noise.Role.INITIATOR, new byte[64], other.key),
                key)
            .encode();
    peer.sendRaw(
        new org.peerstead.securestream.encoding.CompactWriter()
            .uint(0)
            .uint(1)
            .uint(1)
            .string("hypercore")
            .buffer(source.core().discoveryKey().toSlice())
            .raw(ours)
            .toSlice());
    assertThat(peer.take(Sync.class)).hasSize(1);
  }

  private record Got(List<Slice> got) implements GetListener {
    @Override
    public void block(long index, Slice value) {
      got.add(value);
    }

    @Override
    public void failed(long index, Failure failure) {
      throw new AssertionError(index + ": " + failure);
    }
  }
}
