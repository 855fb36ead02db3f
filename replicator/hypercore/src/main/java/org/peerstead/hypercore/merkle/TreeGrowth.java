package org.peerstead.hypercore.merkle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;

/**
 * Grows a tree to the right. Wherever two roots become siblings, their parent takes their place; n
 * appended blocks make at most 2n nodes in total. Not thread-safe.
 */
public final class TreeGrowth {
  /** One root for each bit of {@link FlatTree#MAX_BLOCKS}, and one before it is merged. */
  private static final int MAX_ROOTS = 54;

  private final TreeHash hash;
  private final long fork;
  private final @Nullable TreeNode[] roots = new TreeNode[MAX_ROOTS];
  private final List<TreeNode> newNodes = new ArrayList<>();
  private int rootCount;
  private long length;
  private long byteLength;

  /** Grows {@code base} with working memory of its own. */
  public TreeGrowth(TreeHead base) {
    this(base, new TreeHash());
  }

  /**
   * Grows {@code base}.
   *
   * @param hash working memory, shared with whoever else hashes on this thread
   */
  public TreeGrowth(TreeHead base, TreeHash hash) {
    this.hash = hash;
    this.fork = base.fork();
    this.length = base.length();
    this.byteLength = base.byteLength();
    for (TreeNode root : base.roots()) {
      roots[rootCount++] = root;
    }
  }

  /**
   * Appends a block.
   *
   * @throws IllegalArgumentException when the tree would exceed {@link FlatTree#MAX_BLOCKS} or
   *     {@link TreeHash#MAX_SIZE}
   */
  public void append(Slice block) {
    append(hash.leaf(length, block));
  }

  /**
   * Appends the blocks below {@code node}, whose first leaf must be the next one.
   *
   * @throws IllegalArgumentException when it is not, or when the tree would exceed {@link
   *     FlatTree#MAX_BLOCKS} or {@link TreeHash#MAX_SIZE}
   */
  public void append(TreeNode node) {
    if (FlatTree.leftSpan(node.index()) != 2 * length) {
      throw new IllegalArgumentException("node " + node.index() + " after block " + length);
    }
    long grown = length + FlatTree.leaves(node.index());
    if (grown > FlatTree.MAX_BLOCKS
        || node.size() < 0
        || node.size() > TreeHash.MAX_SIZE - byteLength) {
      throw new IllegalArgumentException(
          "node " + node.index() + " of " + node.size() + " bytes outgrows the tree");
    }
    length = grown;
    byteLength += node.size();
    newNodes.add(node);
    TreeNode last = node;
    // A right child: its left sibling is the root before it, since no leaf is left out.
    while (!FlatTree.isLeft(last.index())) {
      last = hash.parent(Objects.requireNonNull(roots[--rootCount]), last);
      newNodes.add(last);
    }
    roots[rootCount++] = last;
  }

  /** Number of blocks by now. */
  public long length() {
    return length;
  }

  /** Bytes of all blocks by now. */
  public long byteLength() {
    return byteLength;
  }

  /** What was appended and computed, children before parents. A view that grows with the tree. */
  public List<TreeNode> newNodes() {
    return Collections.unmodifiableList(newNodes);
  }

  /** The head by now, with the fork of the base. */
  public TreeHead head() {
    return head(fork);
  }

  /** The head by now, with another fork. */
  public TreeHead head(long newFork) {
    List<TreeNode> now = List.of(Arrays.copyOf(nonNull(roots), rootCount));
    return new TreeHead(newFork, length, byteLength, now);
  }

  /** The first {@link #rootCount} entries are never null. */
  @SuppressWarnings("NullAway")
  private static TreeNode[] nonNull(@Nullable TreeNode[] nodes) {
    return nodes;
  }
}
