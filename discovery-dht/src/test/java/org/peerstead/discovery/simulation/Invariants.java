package org.peerstead.discovery.simulation;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordCounts;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.rpc.core.NodeId;
import org.peerstead.discovery.rpc.core.NodeInfo;
import org.peerstead.discovery.rpc.core.RpcNode;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What must hold in every node at every time, by name:
 *
 * <ul>
 *   <li><b>InFlightBounded</b>: a node waits for few answers at a time, whatever it is asked to do.
 *   <li><b>BucketBounded</b>: no bucket has more than k = 20 nodes.
 *   <li><b>IdFitsAddress</b>: the id of each known node is the hash of its address, and so is the
 *       own one.
 *   <li><b>NotOneself</b>: no node knows itself.
 *   <li><b>ServersOnly</b>: whoever is in a table is reached by strangers, or was.
 *   <li><b>NearestFirst</b>: what a node gives as nearest is the nearest that it knows.
 *   <li><b>DeadLeave</b>: who vanished is in no table after a while.
 *   <li><b>StoreBounded</b>: no store has more than its limit.
 *   <li><b>OperationsEnd</b>: everything that was begun ends in time (see {@link Workload}).
 * </ul>
 */
public final class Invariants {
  /** Answers that a node may wait for: its queries at once, and upkeep. */
  public static final int MAX_IN_FLIGHT = 512;

  private static final int K = 20;

  private final SimulatedDht dht;
  private long deadLeaveNanos = Long.MAX_VALUE;
  private long checked;

  Invariants(SimulatedDht dht) {
    this.dht = dht;
  }

  /** From now on, nobody who vanished longer ago than this may be in a table. */
  public void expectDeadToLeave(long withinNanos) {
    deadLeaveNanos = withinNanos;
  }

  /** How many nodes were looked at. */
  public long checked() {
    return checked;
  }

  /** The cheap ones, after each packet. */
  void afterEvent(SimulatedNode node) {
    int inFlight = node.node().rpc().inFlight();
    if (inFlight > MAX_IN_FLIGHT) {
      throw broken("InFlightBounded", node, inFlight + " requests");
    }
  }

  /** All of them, at every node. */
  public void check() {
    for (SimulatedNode node : List.copyOf(dht.nodes())) {
      check(node);
    }
  }

  /** All of them, at some nodes. */
  public void checkSome(int count) {
    for (int i = 0; i < count; i++) {
      check(dht.nodes().get(dht.chance().nextInt(dht.nodes().size())));
    }
  }

  private void check(SimulatedNode node) {
    checked++;
    RpcNode rpc = node.node().rpc();
    for (int bits = 0; bits < 256; bits++) {
      if (rpc.tableSize(bits) > K) {
        throw broken("BucketBounded", node, rpc.tableSize(bits) + " nodes in bucket " + bits);
      }
    }
    @Nullable Fixed32 ownId = rpc.id();
    if (ownId != null && !ownId.equals(NodeId.of(node.address()))) {
      throw broken("IdFitsAddress", node, "own id " + ownId);
    }
    List<NodeInfo> known = rpc.nodes();
    for (NodeInfo each : known) {
      if (!each.id().equals(NodeId.of(each.address()))) {
        throw broken("IdFitsAddress", node, each.toString());
      }
      if (each.address().equals(node.address())) {
        throw broken("NotOneself", node, each.toString());
      }
      checkKnown(node, each.address());
    }
    checkNearest(node, known);
    RecordCounts counts = node.records().counts();
    if (counts.of(RecordKind.TOPIC_RECORD).held() > dht.settings().limits().maxRecords()) {
      throw broken("StoreBounded", node, counts.toString());
    }
  }

  private void checkKnown(SimulatedNode node, NodeAddress known) {
    if (!dht.tally().everServed(known)) {
      throw broken("ServersOnly", node, known.toString());
    }
    @Nullable Long gone = dht.goneSince(known);
    boolean isOldEnough = dht.nowNanos() - node.bornNanos() > deadLeaveNanos;
    if (gone != null && isOldEnough && dht.nowNanos() - gone > deadLeaveNanos) {
      throw broken("DeadLeave", node, known + " gone for " + (dht.nowNanos() - gone) + " ns");
    }
  }

  private void checkNearest(SimulatedNode node, List<NodeInfo> known) {
    Fixed32 target = dht.newTopic();
    List<NodeAddress> expected =
        known.stream()
            .sorted(
                Comparator.comparing(NodeInfo::id, (a, b) -> NodeId.compareDistance(target, a, b)))
            .limit(K)
            .map(NodeInfo::address)
            .toList();
    List<NodeAddress> given = node.node().rpc().closest(target, K);
    if (!given.equals(expected)) {
      throw broken("NearestFirst", node, "gives " + given + ", knows " + expected);
    }
  }

  /** The failure of an invariant, with what is needed to see it again. */
  AssertionError broken(String name, Object where, String how) {
    return new AssertionError(
        "invariant "
            + name
            + " broken by "
            + where
            + " at "
            + dht.nowNanos() / SimulatedDht.SECOND
            + " s, seed "
            + dht.settings().seed()
            + ": "
            + how);
  }
}
