package org.peerstead.discovery.rpc.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The nodes that a node knows, in buckets by the length of the prefix that their id shares with its
 * own, at most {@link #BUCKET_SIZE} each: many near ones, few far ones. Also keeps them in the
 * order in which they were last heard of. Not thread-safe.
 *
 * <p>Whoever owns many addresses in one network owns many ids. So a bucket takes at most {@link
 * #MAX_PER_NETWORK} nodes of one public /24 network; private networks and loopback are exempt,
 * since nobody outside can use those.
 */
final class RoutingTable {
  /** Nodes per bucket, and nodes in an answer: Kademlia's k. */
  static final int BUCKET_SIZE = 20;

  /** Nodes of one public /24 network in one bucket. */
  static final int MAX_PER_NETWORK = 3;

  /** What became of a node that was to be added. */
  enum Added {
    /** It is in the table now. */
    YES,
    /** It was there already. */
    KNOWN,
    /** Its bucket is full. */
    BUCKET_FULL,
    /** Its bucket has enough nodes of the same network, or the id is our own. */
    REFUSED
  }

  private static final TableNode[] EMPTY = new TableNode[0];

  private final Fixed32 ownId;

  /** Bucket i is missing while it is beyond the end or null. */
  private TableNode[][] buckets = new TableNode[16][];

  private final TableNode[] scratch = new TableNode[BUCKET_SIZE];

  /** First eight bytes of the distances of {@link #scratch}, the sign turned to sort as signed. */
  private final long[] scratchDistance = new long[BUCKET_SIZE];

  private int size;
  private @Nullable TableNode oldest;
  private @Nullable TableNode newest;

  RoutingTable(Fixed32 ownId) {
    this.ownId = ownId;
  }

  Fixed32 ownId() {
    return ownId;
  }

  int size() {
    return size;
  }

  /** The node that was not heard of for the longest time; follow {@link TableNode#newer}. */
  @Nullable TableNode oldest() {
    return oldest;
  }

  /** The node that was heard of last; follow {@link TableNode#older}. */
  @Nullable TableNode newest() {
    return newest;
  }

  /** Adds {@code node} as the one heard of last. */
  Added add(TableNode node) {
    int index = NodeId.commonPrefix(ownId, node.id);
    if (index == NodeId.BITS) {
      return Added.REFUSED;
    }
    TableNode[] bucket = bucket(index);
    int sameNetwork = 0;
    for (TableNode other : bucket) {
      if (other.id.equals(node.id)) {
        return Added.KNOWN;
      }
      if ((other.address.host() ^ node.address.host()) >>> 8 == 0) {
        sameNetwork++;
      }
    }
    if (sameNetwork >= MAX_PER_NETWORK && AddressScope.isPublic(node.address.host())) {
      return Added.REFUSED;
    }
    if (bucket.length >= BUCKET_SIZE) {
      return Added.BUCKET_FULL;
    }
    if (index >= buckets.length) {
      buckets =
          Arrays.copyOf(buckets, Math.min(NodeId.BITS, Math.max(index + 1, 2 * buckets.length)));
    }
    TableNode[] grown = Arrays.copyOf(bucket, bucket.length + 1);
    grown[bucket.length] = node;
    buckets[index] = grown;
    size++;
    link(node);
    return Added.YES;
  }

  /** Removes {@code node}; false when it is not in the table. */
  boolean remove(TableNode node) {
    int index = NodeId.commonPrefix(ownId, node.id);
    if (index == NodeId.BITS) {
      return false;
    }
    TableNode[] bucket = bucket(index);
    for (int i = 0; i < bucket.length; i++) {
      if (bucket[i] == node) {
        TableNode[] shrunk = new TableNode[bucket.length - 1];
        System.arraycopy(bucket, 0, shrunk, 0, i);
        System.arraycopy(bucket, i + 1, shrunk, i, shrunk.length - i);
        buckets[index] = shrunk;
        size--;
        unlink(node);
        return true;
      }
    }
    return false;
  }

  @Nullable TableNode find(Fixed32 id) {
    int index = NodeId.commonPrefix(ownId, id);
    if (index == NodeId.BITS) {
      return null;
    }
    for (TableNode node : bucket(index)) {
      if (node.id.equals(id)) {
        return node;
      }
    }
    return null;
  }

  /** Marks {@code node} of this table as the one heard of last. */
  void touch(TableNode node) {
    if (newest != node) {
      unlink(node);
      link(node);
    }
  }

  /** The nodes whose bucket {@code id} belongs to; not to be changed. */
  TableNode[] bucketOf(Fixed32 id) {
    int index = NodeId.commonPrefix(ownId, id);
    return index == NodeId.BITS ? EMPTY : bucket(index);
  }

  /** Number of nodes that share exactly {@code index} leading bits with us. */
  int sizeOfBucket(int index) {
    return bucket(index).length;
  }

  @Nullable TableNode random(RandomGenerator chance) {
    if (size == 0) {
      return null;
    }
    int left = chance.nextInt(size);
    for (TableNode @Nullable [] bucket : buckets) {
      if (bucket == null) {
        continue;
      }
      if (left < bucket.length) {
        return bucket[left];
      }
      left -= bucket.length;
    }
    return null;
  }

  /**
   * The {@code count} nodes nearest to {@code target}, nearest first.
   *
   * @param count 1 to {@link #BUCKET_SIZE}
   */
  List<NodeAddress> closest(Fixed32 target, int count) {
    int found = collectClosest(target, count);
    NodeAddress[] addresses = new NodeAddress[found];
    for (int i = 0; i < found; i++) {
      addresses[i] = scratch[i].address;
    }
    return found == 0 ? List.of() : Collections.unmodifiableList(Arrays.asList(addresses));
  }

  /** All nodes. */
  List<TableNode> all() {
    List<TableNode> all = new ArrayList<>(size);
    for (TableNode @Nullable [] bucket : buckets) {
      if (bucket != null) {
        all.addAll(Arrays.asList(bucket));
      }
    }
    return all;
  }

  /**
   * Fills {@link #scratch}. With d leading bits shared by target and us, the nodes of bucket d
   * share more than d bits with the target, those of the buckets above d exactly d, those of bucket
   * i below d exactly i: so the nearest are in these three groups, in this order.
   */
  private int collectClosest(Fixed32 target, int count) {
    int shared = Math.min(NodeId.commonPrefix(ownId, target), NodeId.BITS - 1);
    int found = insertNearest(target, bucket(shared), 0, 0, count);
    if (found < count) {
      int group = found;
      for (int i = shared + 1; i < buckets.length; i++) {
        found = insertNearest(target, bucket(i), group, found, count);
      }
    }
    for (int i = Math.min(shared, buckets.length) - 1; i >= 0 && found < count; i--) {
      found = insertNearest(target, bucket(i), found, found, count);
    }
    return found;
  }

  /** Keeps positions {@code from} to {@code found} of the scratch array sorted by distance. */
  private int insertNearest(
      Fixed32 target, TableNode[] candidates, int from, int found, int count) {
    int end = found;
    long point = target.word(0) ^ Long.MIN_VALUE;
    for (TableNode candidate : candidates) {
      long distance = candidate.prefix ^ point;
      int at = end;
      while (at > from && isNearer(target, candidate, distance, at - 1)) {
        at--;
      }
      if (at == count) {
        continue;
      }
      int last = Math.min(end, count - 1);
      for (int i = last; i > at; i--) {
        scratch[i] = scratch[i - 1];
        scratchDistance[i] = scratchDistance[i - 1];
      }
      scratch[at] = candidate;
      scratchDistance[at] = distance;
      end = Math.min(end + 1, count);
    }
    return end;
  }

  private boolean isNearer(Fixed32 target, TableNode candidate, long distance, int other) {
    return distance < scratchDistance[other]
        || distance == scratchDistance[other]
            && NodeId.compareDistance(target, candidate.id, scratch[other].id) < 0;
  }

  private TableNode[] bucket(int index) {
    if (index >= buckets.length) {
      return EMPTY;
    }
    TableNode @Nullable [] bucket = buckets[index];
    return bucket == null ? EMPTY : bucket;
  }

  private void link(TableNode node) {
    node.older = newest;
    node.newer = null;
    if (newest == null) {
      oldest = node;
    } else {
      newest.newer = node;
    }
    newest = node;
  }

  private void unlink(TableNode node) {
    if (node.older == null) {
      oldest = node.newer;
    } else {
      node.older.newer = node.newer;
    }
    if (node.newer == null) {
      newest = node.older;
    } else {
      node.newer.older = node.older;
    }
    node.older = null;
    node.newer = null;
  }
}
