package org.peerstead.crdt.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeGraph;
import org.peerstead.crdt.ChangeOptions;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.simulation.SeededCases;

/** Random networks of documents always end with the same changes everywhere. */
class SyncProtocolPropertiesTest {

  /** One document with a connection to each of the others. */
  private static final class Peer {
    ActorId actor;
    Document document;
    final SyncState[] states;
    final boolean onlyV1;

    Peer(RandomGenerator random, int peers, boolean onlyV1) {
      this.actor = ActorId.random(random);
      this.document = Document.create(actor);
      this.states = new SyncState[peers];
      Arrays.setAll(states, i -> SyncState.create());
      this.onlyV1 = onlyV1;
    }

    void edit(RandomGenerator random) {
      Transaction edit = document.begin(ChangeOptions.NONE);
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        edit.put(ObjectId.ROOT, "k" + random.nextInt(8), new ScalarValue.Int(random.nextInt()));
      }
      edit.commit();
    }
  }

  /** Peers, and what is on the way between each two of them. */
  private static final class Network {
    final RandomGenerator random;
    final List<Peer> peers = new ArrayList<>();
    final List<List<Deque<byte[]>>> wires = new ArrayList<>();

    Network(RandomGenerator random, int size) {
      this.random = random;
      for (int i = 0; i < size; i++) {
        peers.add(new Peer(random, size, random.nextInt(6) == 0));
        List<Deque<byte[]>> row = new ArrayList<>();
        for (int j = 0; j < size; j++) {
          row.add(new ArrayDeque<>());
        }
        wires.add(row);
      }
    }

    /** Returns whether something was sent. */
    boolean speak(int from, int to) throws AutomergeFormatException {
      Peer peer = peers.get(from);
      Optional<byte[]> message = SyncProtocol.generate(peer.document, peer.states[to]);
      if (message.isEmpty()) {
        return false;
      }
      byte[] bytes = message.get();
      if (peer.onlyV1 || peers.get(to).onlyV1) {
        SyncMessage decoded = SyncMessageCodec.decode(bytes);
        bytes =
            SyncMessageCodec.encode(
                new SyncMessage(
                    decoded.version(),
                    decoded.heads(),
                    decoded.need(),
                    decoded.have(),
                    decoded.changes(),
                    null));
      }
      wires.get(from).get(to).add(bytes);
      return true;
    }

    /** Delivers one message if there is one, and answers it. */
    boolean deliver(int from, int to) throws AutomergeFormatException {
      byte[] bytes = wires.get(from).get(to).poll();
      if (bytes == null) {
        return false;
      }
      Peer receiver = peers.get(to);
      int before = receiver.document.graph().size();
      ReceiveOutcome outcome =
          SyncProtocol.receive(receiver.document, receiver.states[from], bytes);
      assertThat(outcome.firstRow()).isEqualTo(before);
      assertThat(receiver.document.graph().size()).isEqualTo(before + outcome.changesApplied());
      assertThat(outcome.headsChanged()).isEqualTo(outcome.changesApplied() > 0);
      speak(to, from);
      return true;
    }

    /**
     * Loses everything on the way between two peers; both continue from what they would have
     * stored.
     */
    void reconnect(int one, int other) throws AutomergeFormatException {
      wires.get(one).get(other).clear();
      wires.get(other).get(one).clear();
      Peer left = peers.get(one);
      Peer right = peers.get(other);
      left.states[other] =
          random.nextInt(4) == 0
              ? SyncState.create()
              : SyncState.decode(left.states[other].encode());
      right.states[one] = right.states[one].reconnected();
      speak(one, other);
    }

    void settle() throws AutomergeFormatException {
      int budget = 2_000;
      boolean busy = true;
      while (busy) {
        busy = false;
        for (int from = 0; from < peers.size(); from++) {
          for (int to = 0; to < peers.size(); to++) {
            if (from != to) {
              busy |= wires.get(from).get(to).isEmpty() && speak(from, to);
              busy |= deliver(from, to);
            }
          }
        }
        assertThat(budget--).as("rounds left before silence").isPositive();
      }
    }

    void assertConverged() {
      Peer first = peers.getFirst();
      for (Peer peer : peers) {
        assertThat(peer.document.heads()).isEqualTo(first.document.heads());
        assertThat(peer.document.now().toJson()).isEqualTo(first.document.now().toJson());
      }
    }
  }

  private static void anything(Network network, RandomGenerator random, boolean forgets)
      throws AutomergeFormatException {
    int size = network.peers.size();
    int one = random.nextInt(size);
    int other = (one + random.nextInt(1, size)) % size;
    switch (random.nextInt(forgets ? 12 : 10)) {
      case 0, 1, 2 -> network.peers.get(one).edit(random);
      case 3, 4 -> network.speak(one, other);
      case 5, 6, 7, 8 -> network.deliver(one, other);
      case 9 -> network.reconnect(one, other);
      case 10 -> {
        // The same changes in a freshly loaded document: the states must notice that their rows
        // mean nothing there.
        Peer peer = network.peers.get(one);
        peer.document = Document.load(peer.document.save(), peer.actor);
      }
      default -> {
        // A peer comes back with an old copy, or with nothing, but remembers what it shared.
        Peer peer = network.peers.get(one);
        peer.actor = ActorId.random(random);
        peer.document = Document.create(peer.actor);
        for (int i = 0; i < size; i++) {
          if (i != one) {
            network.reconnect(one, i);
          }
        }
      }
    }
  }

  @Test
  void converse_shouldConvergeWhenMessagesAreLostAndConnectionsResume() {
    SeededCases.of("sync converges", 1, 300)
        .run(random -> {
          Network network = new Network(random, random.nextInt(2, 5));
          for (int step = random.nextInt(10, 150); step > 0; step--) {
            anything(network, random, false);
          }
          network.settle();
          network.assertConverged();
        });
  }

  @Test
  void converse_shouldConvergeWhenPeersReloadOrLoseTheirDocument() {
    SeededCases.of("sync survives loss", 2, 300)
        .run(random -> {
          Network network = new Network(random, random.nextInt(2, 5));
          for (int step = random.nextInt(10, 150); step > 0; step--) {
            anything(network, random, true);
          }
          network.settle();
          network.assertConverged();
        });
  }

  @Test
  void difference_shouldEqualTheNaiveAnswer() {
    SeededCases.of("ancestry", 3, 300)
        .run(random -> {
          Network network = new Network(random, 3);
          for (int step = 0; step < 60; step++) {
            anything(network, random, false);
          }
          ChangeGraph graph = network.peers.getFirst().document.graph();
          if (graph.size() == 0) {
            return;
          }
          Ancestry ancestry = new Ancestry(graph);
          int[] tips = random.ints(random.nextInt(4), 0, graph.size()).distinct().toArray();
          int[] covered = random.ints(random.nextInt(4), 0, graph.size()).distinct().toArray();
          Set<Integer> expected = ancestors(graph, tips);
          expected.removeAll(ancestors(graph, covered));
          assertThat(ancestry.difference(tips, covered))
              .containsExactly(expected.stream().sorted().mapToInt(i -> i).toArray());
          RowSet sent = new RowSet();
          sent.addAll(random.ints(10, 0, graph.size()).toArray());
          Set<Integer> left = new HashSet<>(sent.stream().boxed().toList());
          left.removeAll(ancestors(graph, covered));
          ancestry.removeAncestors(sent, covered);
          assertThat(sent.stream().boxed()).containsExactlyInAnyOrderElementsOf(left);
          Set<Integer> maximal = new HashSet<>();
          for (int tip : tips) {
            boolean below = false;
            for (int other : tips) {
              below |= other != tip && ancestors(graph, new int[] {other}).contains(tip);
            }
            if (!below) {
              maximal.add(tip);
            }
          }
          assertThat(Arrays.stream(ancestry.maximal(tips)).boxed())
              .containsExactlyInAnyOrderElementsOf(maximal);
        });
  }

  private static Set<Integer> ancestors(ChangeGraph graph, int[] tips) {
    Set<Integer> seen = new HashSet<>();
    Deque<Integer> open = new ArrayDeque<>();
    for (int tip : tips) {
      open.add(tip);
    }
    while (!open.isEmpty()) {
      int row = open.remove();
      if (seen.add(row)) {
        for (int dependency : graph.dependencies(row)) {
          open.add(dependency);
        }
      }
    }
    return seen;
  }
}
