package org.peerstead.discovery.simulation;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/** Counts what happens inside all nodes together. */
public final class Tally implements HyperdhtListener {
  private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
  private final Map<Stored, Long> stored = new EnumMap<>(Stored.class);
  private final Set<NodeAddress> served = new HashSet<>();
  private long requests;
  private long answered;
  private long timedOut;
  private long retried;
  private long congested;
  private long badAnswers;

  @Override
  public void requestEnded(boolean internal, long command, Outcome outcome) {
    requests++;
  }

  @Override
  public void dropped(DropReason reason, NodeAddress from) {
    dropped.merge(reason, 1L, Long::sum);
  }

  @Override
  public void answered(NodeAddress from, long roundTripNanos) {
    answered++;
  }

  @Override
  public void timedOut(NodeAddress to) {
    timedOut++;
  }

  @Override
  public void retried(NodeAddress to) {
    retried++;
  }

  @Override
  public void congested(int waiting) {
    congested++;
  }

  @Override
  public void badAnswer(NodeAddress from) {
    badAnswers++;
  }

  @Override
  public void stored(RecordKind kind, Stored outcome, NodeAddress from) {
    stored.merge(outcome, 1L, Long::sum);
  }

  @Override
  public void becamePersistent(NodeAddress address, Fixed32 id) {
    served.add(address);
  }

  /** Whether a node at {@code address} ever served others, or was meant to. */
  public boolean everServed(NodeAddress address) {
    return served.contains(address);
  }

  /** Takes {@code address} for that of a server, whatever it does. */
  public void countAsServer(NodeAddress address) {
    served.add(address);
  }

  /** Begins to count anew. */
  public void reset() {
    dropped.clear();
    stored.clear();
    requests = 0;
    answered = 0;
    timedOut = 0;
    retried = 0;
    congested = 0;
    badAnswers = 0;
  }

  /** Requests that were answered. */
  public long answered() {
    return answered;
  }

  /** Requests that nobody answered. */
  public long timedOut() {
    return timedOut;
  }

  /** Answers that could not be read or were not signed. */
  public long badAnswers() {
    return badAnswers;
  }

  /** What became of things to be stored. */
  public Map<Stored, Long> stored() {
    return Map.copyOf(stored);
  }

  @Override
  public String toString() {
    return "requests served "
        + requests
        + ", answered "
        + answered
        + ", timed out "
        + timedOut
        + ", sent again "
        + retried
        + ", held back "
        + congested
        + ", bad answers "
        + badAnswers
        + ", dropped "
        + dropped
        + ", stored "
        + stored;
  }
}
