package org.peerstead.discovery.simulation;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordCounts;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.rpc.core.NodeInfo;

/** What the nodes of a network know, hold and send. */
public final class NodeFigures {
  private static final int HEADER_BYTES = 28;

  private final Map<Role, Distribution> packetsPerSecond = distributions();
  private final Map<Role, Distribution> bytesPerSecond = distributions();
  private final Distribution tableSize = new Distribution();
  private final Distribution staleShare = new Distribution();
  private final Distribution held = new Distribution();
  private int persistent;

  /** How a node takes part. */
  public enum Role {
    /** One of the nodes that everybody knows. */
    SEED,
    /** It serves others. */
    SERVING,
    /** It only asks. */
    ASKING
  }

  private NodeFigures() {}

  private static Map<Role, Distribution> distributions() {
    Map<Role, Distribution> map = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      map.put(role, new Distribution());
    }
    return map;
  }

  /** Begins to count traffic. */
  public static void begin(SimulatedDht dht) {
    dht.nodes().forEach(node -> node.host().resetCounts());
  }

  /**
   * Looks at all nodes that are there. Traffic is that since {@link #begin}, of nodes that were
   * there all the time.
   */
  public static NodeFigures of(SimulatedDht dht, long beganNanos) {
    NodeFigures figures = new NodeFigures();
    for (SimulatedNode node : dht.nodes()) {
      figures.look(dht, node, beganNanos);
    }
    return figures;
  }

  private void look(SimulatedDht dht, SimulatedNode node, long beganNanos) {
    Role role =
        node.kind() == NodeKind.SEED ? Role.SEED : node.isPersistent() ? Role.SERVING : Role.ASKING;
    if (node.bornNanos() <= beganNanos) {
      double seconds = (dht.nowNanos() - beganNanos) / 1e9;
      long packets = node.host().packetsSent() + node.host().packetsReceived();
      long bytes = node.host().bytesSent() + node.host().bytesReceived() + HEADER_BYTES * packets;
      add(packetsPerSecond, role, packets / seconds);
      add(bytesPerSecond, role, bytes / seconds);
    }
    tableSize.add(node.node().rpc().tableSize());
    if (node.isPersistent()) {
      persistent++;
      RecordCounts counts = node.records().counts();
      long all = 0;
      for (RecordKind kind : RecordKind.values()) {
        all += counts.of(kind).held();
      }
      held.add(all);
      int known = 0;
      int stale = 0;
      for (NodeInfo each : node.node().rpc().nodes()) {
        known++;
        stale += dht.goneSince(each.address()) == null ? 0 : 1;
      }
      staleShare.add(known == 0 ? 0 : 100.0 * stale / known);
    }
  }

  private static void add(Map<Role, Distribution> map, Role role, double value) {
    @Nullable Distribution distribution = map.get(role);
    if (distribution != null) {
      distribution.add(value);
    }
  }

  /** Nodes that serve. */
  public int persistent() {
    return persistent;
  }

  /** Percentage of each serving node's table that is gone. */
  public Distribution staleShare() {
    return staleShare;
  }

  /** Records and values held by each serving node. */
  public Distribution held() {
    return held;
  }

  /** Lines of a report. */
  public String report() {
    StringBuilder report = new StringBuilder();
    line(report, "serving nodes", String.valueOf(persistent));
    line(report, "table size", tableSize.toString());
    line(report, "gone nodes in tables, %", staleShare.toString());
    line(report, "records per serving node", held.toString());
    packetsPerSecond.forEach((role, each) -> line(report, "packets/s, " + role, each.toString()));
    bytesPerSecond.forEach((role, each) -> line(report, "bytes/s, " + role, each.toString()));
    return report.toString();
  }

  private static void line(StringBuilder report, String name, String value) {
    report.append(String.format(Locale.ROOT, "%-27s %s%n", name, value));
  }
}
