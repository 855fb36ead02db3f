package org.peerstead.discovery.rpc.core;

import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * Ids of nodes and the distance between points of the key space. The id of a node is the hash of
 * its address as others see it, so nobody can choose where in the key space to stand without having
 * the address for it. Stateless and thread-safe.
 */
public final class NodeId {
  /** Bits of an id. */
  public static final int BITS = 8 * Fixed32.SIZE;

  private NodeId() {}

  /** BLAKE2b-256 of the 6 bytes of {@code address}. */
  public static Fixed32 of(NodeAddress address) {
    CompactWriter writer = new CompactWriter(NodeAddress.BYTES);
    address.write(writer);
    return Blake2b.hash(writer.toSlice());
  }

  /**
   * Compares how far {@code a} and {@code b} are from {@code target} by the XOR metric: negative
   * when {@code a} is nearer.
   */
  public static int compareDistance(Fixed32 target, Fixed32 a, Fixed32 b) {
    for (int i = 0; i < Fixed32.SIZE / Long.BYTES; i++) {
      long point = target.word(i);
      int order = Long.compareUnsigned(a.word(i) ^ point, b.word(i) ^ point);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Number of leading bits that {@code a} and {@code b} share, 0 to 256. */
  public static int commonPrefix(Fixed32 a, Fixed32 b) {
    for (int i = 0; i < Fixed32.SIZE / Long.BYTES; i++) {
      long difference = a.word(i) ^ b.word(i);
      if (difference != 0) {
        return Long.SIZE * i + Long.numberOfLeadingZeros(difference);
      }
    }
    return BITS;
  }
}
