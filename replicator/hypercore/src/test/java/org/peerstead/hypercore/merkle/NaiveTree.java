package org.peerstead.hypercore.merkle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** The tree by definition: all blocks, and every node computed from the blocks below it. */
final class NaiveTree {
  static final Slice SIGNATURE = Slice.fromHex("5157");

  final List<Slice> blocks;
  final Map<Long, TreeNode> nodes = new HashMap<>();

  NaiveTree(List<Slice> blocks) {
    this.blocks = blocks;
    for (long span = 1; span <= blocks.size(); span *= 2) {
      for (long from = 0; from + span <= blocks.size(); from += span) {
        TreeNode node = compute(from, from + span);
        nodes.put(node.index(), node);
      }
    }
  }

  /** {@code count} blocks of {@code minimum} to 30 more bytes; every fifth is that small. */
  static NaiveTree random(RandomGenerator random, int count, int minimum) {
    List<Slice> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] block = new byte[minimum + (random.nextInt(5) == 0 ? 0 : random.nextInt(31))];
      random.nextBytes(block);
      blocks.add(Slice.of(block));
    }
    return new NaiveTree(blocks);
  }

  private TreeNode compute(long from, long to) {
    if (to - from == 1) {
      Slice block = blocks.get((int) from);
      Fixed32 hash = Blake2b.hash(Slice.fromHex("00"), u64(block.length()), block);
      return new TreeNode(2 * from, block.length(), hash);
    }
    TreeNode left = node((from + (from + to) / 2) - 1);
    TreeNode right = node(((from + to) / 2 + to) - 1);
    long size = left.size() + right.size();
    Fixed32 hash =
        Blake2b.hash(Slice.fromHex("01"), u64(size), left.hash().toSlice(), right.hash().toSlice());
    return new TreeNode(from + to - 1, size, hash);
  }

  private static Slice u64(long value) {
    return Slice.of(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  TreeNode node(long index) {
    TreeNode node = nodes.get(index);
    if (node == null) {
      throw new IllegalArgumentException("no node " + index);
    }
    return node;
  }

  @Nullable TreeNode find(long index) {
    return nodes.get(index);
  }

  long length() {
    return blocks.size();
  }

  /** The head of the first {@code length} blocks. */
  TreeHead head(long fork, long length) {
    List<TreeNode> roots = new ArrayList<>();
    long from = 0;
    for (long span = Long.highestOneBit(Math.max(length, 1)); span > 0; span /= 2) {
      if ((length & span) != 0) {
        roots.add(node(2 * from + span - 1));
        from += span;
      }
    }
    return TreeHead.of(fork, roots);
  }

  TreeHead head() {
    return head(0, length());
  }

  /** Bytes of the first {@code count} blocks, each without {@code padding}. */
  long bytes(long count, long padding) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += blocks.get(i).length() - padding;
    }
    return sum;
  }

  @Nullable Slice block(ProofRequest request) {
    ProofRequest.Block block = request.block();
    return block == null || block.index() < 0 || block.index() >= length()
        ? null
        : blocks.get((int) block.index());
  }

  /** Answers as a peer that has everything. */
  Proof prove(ProofRequest request) throws ProofException {
    return ProofBuilder.build(
        request, head(request.fork(), length()), this::find, block(request), SIGNATURE, 0);
  }

  /**
   * Whether a receiver of {@code proof} would keep something that is not in this tree, or believe
   * in another head than the only one that is signed.
   */
  boolean isFooledBy(Proof proof, VerifiedProof verified, TreeHead signed) {
    if (verified.upgraded() != null && !verified.upgraded().equals(signed)) {
      // The signature does not match: nothing is kept.
      return false;
    }
    Proof.Block block = proof.block();
    return !nodes.values().containsAll(verified.nodes())
        || (block != null && !blocks.get((int) block.index()).equals(block.value()));
  }
}
