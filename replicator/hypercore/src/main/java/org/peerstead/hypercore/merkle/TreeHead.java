package org.peerstead.hypercore.merkle;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * One state of a tree: its fork, its length and its roots, which stand for everything below them.
 * Equal when fork and roots are. Immutable and thread-safe.
 */
public final class TreeHead {
  /** No blocks, fork 0. */
  public static final TreeHead EMPTY = new TreeHead(0, 0, 0, List.of());

  private final long fork;
  private final long length;
  private final long byteLength;
  private final List<TreeNode> roots;

  /** Computed when first asked for. Threads that race compute the same. */
  private volatile @Nullable Fixed32 treeHash;

  /** {@code roots} are trusted to be those of a tree of {@code length} and {@code byteLength}. */
  TreeHead(long fork, long length, long byteLength, List<TreeNode> roots) {
    this.fork = fork;
    this.length = length;
    this.byteLength = byteLength;
    this.roots = roots;
  }

  /**
   * The head with these roots.
   *
   * @param roots from left to right
   * @throws IllegalArgumentException when they are not the roots of a tree, or have more than
   *     {@link TreeHash#MAX_SIZE} bytes below them
   */
  public static TreeHead of(long fork, List<TreeNode> roots) {
    long length = roots.isEmpty() ? 0 : FlatTree.endBlock(roots.getLast().index());
    long[] expected = FlatTree.fullRoots(length);
    long byteLength = 0;
    for (int i = 0; i < roots.size(); i++) {
      TreeNode root = roots.get(i);
      if (expected.length != roots.size() || root.index() != expected[i]) {
        throw new IllegalArgumentException("not the roots of a tree of " + length + " blocks");
      }
      byteLength += root.size();
      if (root.size() < 0 || byteLength > TreeHash.MAX_SIZE) {
        throw new IllegalArgumentException("root " + root.index() + " has too many bytes");
      }
    }
    return new TreeHead(fork, length, byteLength, List.copyOf(roots));
  }

  /**
   * The head of {@code length} blocks, with roots taken from {@code nodes}. Every length that a
   * tree once had finds them there, until the tree is truncated below it.
   *
   * @param length 0 to {@link FlatTree#MAX_BLOCKS}
   * @throws MissingNodeException when a root is not stored
   */
  public static TreeHead load(long fork, long length, NodeSource nodes)
      throws MissingNodeException {
    long[] indexes = FlatTree.fullRoots(length);
    TreeNode[] roots = new TreeNode[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      TreeNode node = nodes.node(indexes[i]);
      if (node == null) {
        throw new MissingNodeException(indexes[i]);
      }
      roots[i] = node;
    }
    return of(fork, List.of(roots));
  }

  /** How often the core was truncated, as its writer counts. */
  public long fork() {
    return fork;
  }

  /** Number of blocks. */
  public long length() {
    return length;
  }

  /** Bytes of all blocks, as stored. */
  public long byteLength() {
    return byteLength;
  }

  /** The roots from left to right. Unmodifiable. */
  public List<TreeNode> roots() {
    return roots;
  }

  /** The root with number {@code index}, or null when no root has it. A {@link NodeSource}. */
  public @Nullable TreeNode root(long index) {
    for (TreeNode root : roots) {
      if (root.index() == index) {
        return root;
      }
    }
    return null;
  }

  /** The root above {@code block}, or null when the tree is not that long. */
  public @Nullable TreeNode rootAbove(long block) {
    for (TreeNode root : roots) {
      if (block < FlatTree.endBlock(root.index())) {
        return root;
      }
    }
    return null;
  }

  /** The same tree under another fork. */
  public TreeHead withFork(long newFork) {
    TreeHead head = new TreeHead(newFork, length, byteLength, roots);
    head.treeHash = treeHash;
    return head;
  }

  /** The hash over the roots, which is what the writer signs. */
  public Fixed32 treeHash() {
    Fixed32 known = treeHash;
    if (known == null) {
      known = new TreeHash().tree(roots);
      treeHash = known;
    }
    return known;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TreeHead that && fork == that.fork && roots.equals(that.roots);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(fork) + roots.hashCode();
  }

  @Override
  public String toString() {
    return "fork " + fork + ", " + length + " blocks, " + byteLength + " bytes";
  }
}
