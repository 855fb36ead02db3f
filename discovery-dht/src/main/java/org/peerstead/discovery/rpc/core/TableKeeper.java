package org.peerstead.discovery.rpc.core;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.RoutingTable.Added;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Keeps the routing table true: lets in nodes that answer, asks the ones that were silent for long,
 * removes those that do not answer, and replaces the stale one of a full bucket.
 *
 * <p>A node stays only when it has answered a request of ours. A request alone proves nothing: its
 * source address can be forged, and the id that fits it computed. So an unknown asker is pinged
 * first, at most {@link #MAX_INTRODUCTIONS} at a time, and only when its bucket has use for it.
 * While the table has fewer nodes than an answer names, a few askers enter at once and leave when
 * they do not answer: the second node of a network is what the third one wants to hear of. Whoever
 * hears of a node that is not there waits for it for seconds; so after the first such asker nobody
 * enters early for some minutes. Not thread-safe.
 */
final class TableKeeper {
  /** Unknown askers that are pinged at the same time. */
  static final int MAX_INTRODUCTIONS = 32;

  /** Nodes in the table that have not answered yet. */
  static final int MAX_UNPROVEN = 4;

  /** How long nobody enters early after one that did not answer (5 min). */
  static final int DISTRUST_TICKS = 60;

  /** Nodes of full buckets that are pinged at the same time because a new one wants in. */
  static final int MAX_SWAPS = 3;

  /** Nodes pinged at the same time because somebody said they are down. */
  static final int MAX_HINT_CHECKS = 10;

  /** A node heard of less than this many ticks ago is recent (1 min). */
  static final int RECENT_TICKS = 12;

  /** A node that has been in the table for this many ticks is an old acquaintance (30 min). */
  static final int OLD_TICKS = 360;

  private static final int INTRODUCTION_RETRIES = 1;

  private final RpcNode node;
  private RoutingTable table;
  private final Set<NodeAddress> introductions = new HashSet<>();
  private int unproven;
  private int trustingFromTick;
  private int swaps;
  private int hintChecks;

  TableKeeper(RpcNode node, RoutingTable table) {
    this.node = node;
    this.table = table;
  }

  RoutingTable table() {
    return table;
  }

  /** Builds the table anew around {@code ownId}, with the same nodes as far as there is room. */
  void moveTo(Fixed32 ownId) {
    if (ownId.equals(table.ownId())) {
      return;
    }
    RoutingTable moved = new RoutingTable(ownId);
    @Nullable TableNode next = table.oldest();
    while (next != null) {
      TableNode current = next;
      next = current.newer;
      if (moved.add(current) != Added.YES) {
        node.listener().nodeRemoved(current.address);
      }
    }
    table = moved;
  }

  /**
   * A response came from {@code address}, whose id is {@code id}; gives the entry if there is one.
   */
  @Nullable TableNode answered(NodeAddress address, Fixed32 id) {
    @Nullable TableNode known = table.find(id);
    if (known == null) {
      return enter(address, id);
    }
    heardOf(known);
    return known;
  }

  /** A request came from {@code address}, or somebody who claims to be there. */
  void introduced(NodeAddress address, Fixed32 id, long nowNanos) {
    @Nullable TableNode known = table.find(id);
    if (known != null
        || introductions.size() >= MAX_INTRODUCTIONS
        || introductions.contains(address)
        || !hasUseFor(id)) {
      return;
    }
    introductions.add(address);
    node.listener().strangerAsked(address);
    @Nullable TableNode early =
        table.size() < RoutingTable.BUCKET_SIZE
                && unproven < MAX_UNPROVEN
                && node.tick() >= trustingFromTick
            ? enter(address, id)
            : null;
    if (early != null) {
      unproven++;
    }
    ping(
        address,
        INTRODUCTION_RETRIES,
        new ReplyListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            ended(reply.id() != null);
          }

          @Override
          public void failed(long atNanos) {
            ended(false);
          }

          private void ended(boolean isNode) {
            introductions.remove(address);
            if (early != null) {
              unproven--;
              if (!isNode) {
                trustingFromTick = node.tick() + DISTRUST_TICKS;
                remove(early);
              }
            }
          }
        },
        nowNanos);
  }

  /** Adds a node from before a restart, which has to prove itself at the next round of pings. */
  void remember(NodeAddress address) {
    Fixed32 id = NodeId.of(address);
    if (table.find(id) == null) {
      TableNode entry = new TableNode(address, id, node.tick() - RECENT_TICKS);
      if (table.add(entry) == Added.YES) {
        node.listener().nodeAdded(address);
      }
    }
  }

  /** {@code address} did not answer at all. */
  void silent(NodeAddress address) {
    @Nullable TableNode known = table.find(NodeId.of(address));
    if (known != null) {
      remove(known);
    }
  }

  /** Somebody says that {@code address} is down. */
  void hinted(NodeAddress address, long nowNanos) {
    if (hintChecks >= MAX_HINT_CHECKS) {
      return;
    }
    @Nullable TableNode known = table.find(NodeId.of(address));
    if (known != null && (known.pinged < node.tick() || !known.hinted)) {
      known.hinted = true;
      hintChecks++;
      check(known, () -> hintChecks--, nowNanos);
    }
  }

  /** Pings the {@code count} nodes that were not heard of for the longest time. */
  void pingOldest(int count, long nowNanos) {
    @Nullable TableNode next = table.oldest();
    for (int i = 0; i < count && next != null; i++) {
      TableNode current = next;
      next = current.newer;
      if (current.pinged != node.tick()) {
        check(current, () -> {}, nowNanos);
      }
    }
  }

  private void check(TableNode entry, Runnable ended, long nowNanos) {
    entry.pinged = node.tick();
    ping(
        entry.address,
        OutgoingRequest.DEFAULT_RETRIES,
        new ReplyListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            ended.run();
            // It still answers, but serves nobody any more.
            if (reply.id() == null) {
              remove(entry);
            }
          }

          @Override
          public void failed(long atNanos) {
            ended.run();
            remove(entry);
          }
        },
        nowNanos);
  }

  private @Nullable TableNode enter(NodeAddress address, Fixed32 id) {
    TableNode entry = new TableNode(address, id, node.tick());
    return switch (table.add(entry)) {
      case YES -> {
        node.listener().nodeAdded(address);
        yield entry;
      }
      case BUCKET_FULL -> {
        swap(entry);
        yield null;
      }
      case KNOWN, REFUSED -> null;
    };
  }

  private void heardOf(TableNode entry) {
    entry.seen = node.tick();
    entry.pinged = node.tick();
    table.touch(entry);
  }

  private boolean hasUseFor(Fixed32 id) {
    TableNode[] bucket = table.bucketOf(id);
    return bucket.length < RoutingTable.BUCKET_SIZE || swaps < MAX_SWAPS && stalest(bucket) != null;
  }

  /** The node of {@code bucket} that should prove itself, null when all have lately. */
  private @Nullable TableNode stalest(TableNode[] bucket) {
    @Nullable TableNode stalest = null;
    for (TableNode candidate : bucket) {
      if (candidate.pinged == node.tick()) {
        continue;
      }
      if (stalest == null
          || candidate.pinged < stalest.pinged
          || candidate.pinged == stalest.pinged && candidate.added < stalest.added) {
        stalest = candidate;
      }
    }
    if (stalest != null
        && node.tick() - stalest.pinged < RECENT_TICKS
        && node.tick() - stalest.added > OLD_TICKS) {
      return null;
    }
    return stalest;
  }

  private void swap(TableNode newcomer) {
    if (!node.isReady() || swaps >= MAX_SWAPS) {
      return;
    }
    @Nullable TableNode stalest = stalest(table.bucketOf(newcomer.id));
    if (stalest == null) {
      return;
    }
    swaps++;
    TableNode entry = stalest;
    entry.pinged = node.tick();
    ping(
        entry.address,
        OutgoingRequest.DEFAULT_RETRIES,
        new ReplyListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            swaps--;
            if (reply.id() == null) {
              replace(entry, newcomer);
            }
          }

          @Override
          public void failed(long atNanos) {
            swaps--;
            replace(entry, newcomer);
          }
        },
        node.nowNanos());
  }

  private void replace(TableNode entry, TableNode newcomer) {
    remove(entry);
    if (table.add(newcomer) == Added.YES) {
      node.listener().nodeAdded(newcomer.address);
    }
  }

  private void remove(TableNode entry) {
    if (table.remove(entry)) {
      node.listener().nodeRemoved(entry.address);
    }
  }

  private void ping(NodeAddress address, int retries, ReplyListener listener, long nowNanos) {
    OutgoingRequest ping = OutgoingRequest.ping();
    node.ask(
        address,
        new OutgoingRequest(ping.internal(), ping.command(), null, null, null, retries),
        listener,
        nowNanos);
  }
}
