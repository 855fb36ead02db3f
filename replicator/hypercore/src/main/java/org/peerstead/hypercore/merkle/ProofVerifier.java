package org.peerstead.hypercore.merkle;

import static org.peerstead.hypercore.merkle.ProofException.Reason;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks what peers claim about a tree. A proof is believed when the nodes it leads to are stored
 * with the same hash, or when it makes the tree longer and the new roots are signed; the signature
 * is left to the caller.
 *
 * <p>Every node must be the one that comes next: nothing is skipped, nothing may be left over. The
 * work is bounded by the number of nodes received, which is at most about 110 for each list of a
 * proof that gets through.
 *
 * <p>Differs from hypercore 11.39.5, without any difference for what its peers send in order:
 *
 * <ul>
 *   <li>nodes left over in an upgrade are refused, because nothing vouches for them;
 *   <li>an upgrade made for an earlier length of the tree is used as far as it goes beyond the
 *       present one, so that a block that comes with it is not lost when two peers answered;
 *   <li>numbers above 2^53 - 1 are refused, and additional nodes that are not the fewest possible.
 * </ul>
 *
 * <p>A size is vouched for only together with that of the sibling, since a parent is a hash over
 * the sum. So a stored size may be wrong until the node itself is computed from what lies below; a
 * computed node therefore replaces a stored one with the same hash.
 *
 * <p>Keeps no state but working memory. Not thread-safe.
 */
public final class ProofVerifier {
  private final TreeHash hash;

  /** A verifier with working memory of its own. */
  public ProofVerifier() {
    this(new TreeHash());
  }

  /**
   * A verifier.
   *
   * @param hash working memory, shared with whoever else hashes on this thread
   */
  public ProofVerifier(TreeHash hash) {
    this.hash = hash;
  }

  /** {@link #verify(Proof, TreeHead, NodeSource, Anchor)} for a core without prologue. */
  public VerifiedProof verify(Proof proof, TreeHead mine, NodeSource stored) throws ProofException {
    return verify(proof, mine, stored, null);
  }

  /**
   * Checks {@code proof}.
   *
   * @param mine the tree that the proof is about; {@link TreeHead#EMPTY} to have one of another
   *     fork stand on its own
   * @param stored nodes of {@code mine}, its roots included
   * @param anchor the prologue, if the manifest has one
   * @throws ProofException for any of the reasons that are about proofs
   */
  public VerifiedProof verify(
      Proof proof, TreeHead mine, NodeSource stored, @Nullable Anchor anchor)
      throws ProofException {
    if (mine.length() > 0 && proof.fork() != mine.fork()) {
      throw new ProofException(
          Reason.WRONG_FORK, "fork " + proof.fork() + " for a tree of fork " + mine.fork());
    }
    List<TreeNode> nodes = new ArrayList<>();
    TreeNode claim = fold(proof, nodes);
    TreeGrowth growth = null;
    boolean isProven = claim == null;
    if (proof.upgrade() != null) {
      Queue queue = new Queue(proof.upgrade().nodes(), claim);
      growth = grow(proof.upgrade(), queue, mine, anchor);
      isProven |= queue.isExtraTaken;
    }
    if (claim != null && !isProven) {
      // A node straight from a list: nothing vouches for its size.
      boolean isComputed = proof.block() != null || nodes.size() > 1;
      compare(claim, isComputed, mine, stored, nodes);
    } else if (claim != null) {
      // It is among the nodes of the growth.
      nodes.removeLast();
    }
    if (growth == null || growth.length() == mine.length()) {
      return new VerifiedProof(nodes, null);
    }
    nodes.addAll(growth.newNodes());
    return new VerifiedProof(nodes, growth.head(proof.fork()));
  }

  /**
   * Computes the node that the seek, and the block or node of a proof lead to.
   *
   * @param seen gets all nodes on the way, the result as the last one
   * @return null when the proof has none of these parts
   */
  private @Nullable TreeNode fold(Proof proof, List<TreeNode> seen) throws ProofException {
    if (proof.block() != null && proof.hash() != null) {
      throw new ProofException(Reason.MALFORMED, "both a block and a node");
    }
    TreeNode meeting = null;
    if (proof.seek() != null && !proof.seek().nodes().isEmpty()) {
      List<TreeNode> path = proof.seek().nodes();
      meeting = climb(path.getFirst(), new Queue(path.subList(1, path.size()), null), seen);
    }
    if (proof.block() != null) {
      Proof.Block block = proof.block();
      if (block.index() < 0 || block.index() >= FlatTree.MAX_BLOCKS) {
        throw new ProofException(Reason.MALFORMED, "block " + block.index());
      }
      TreeNode leaf = hash.leaf(block.index(), block.value());
      return climb(leaf, new Queue(block.nodes(), meeting), seen);
    }
    if (proof.hash() != null) {
      Queue queue = new Queue(proof.hash().nodes(), meeting);
      return climb(queue.take(proof.hash().index()), queue, seen);
    }
    return meeting;
  }

  /** Joins {@code first} with its sibling, their parent with its own, until no node is left. */
  private TreeNode climb(TreeNode first, Queue siblings, List<TreeNode> seen)
      throws ProofException {
    check(first);
    TreeNode at = first;
    seen.add(at);
    while (!siblings.isEmpty()) {
      TreeNode sibling = siblings.take(FlatTree.sibling(at.index()));
      if (sibling != siblings.extra) {
        seen.add(sibling);
      }
      at = parent(at, sibling);
      seen.add(at);
    }
    return at;
  }

  private TreeNode parent(TreeNode a, TreeNode b) throws ProofException {
    if (FlatTree.endBlock(FlatTree.parent(a.index())) > FlatTree.MAX_BLOCKS) {
      throw new ProofException(Reason.TOO_LARGE, "no tree is as high as above node " + a.index());
    }
    if (a.size() + b.size() > TreeHash.MAX_SIZE) {
      throw new ProofException(Reason.TOO_LARGE, "too many bytes above node " + a.index());
    }
    return a.index() < b.index() ? hash.parent(a, b) : hash.parent(b, a);
  }

  /** Appends the upgrade to {@code mine}. */
  private TreeGrowth grow(
      Proof.Upgrade upgrade, Queue nodes, TreeHead mine, @Nullable Anchor anchor)
      throws ProofException {
    long start = upgrade.start();
    if (start < 0 || upgrade.length() <= 0) {
      throw new ProofException(
          Reason.MALFORMED, "upgrade of " + upgrade.length() + " blocks from " + start);
    }
    if (start > mine.length()) {
      throw new ProofException(
          Reason.GAP, "upgrade from " + start + " of a tree of " + mine.length());
    }
    if (upgrade.length() > FlatTree.MAX_BLOCKS - start) {
      throw new ProofException(Reason.TOO_LARGE, "upgrade of " + upgrade.length() + " blocks");
    }
    long to = start + upgrade.length();
    if (anchor != null && start < anchor.length() && (start != 0 || to < anchor.length())) {
      throw new ProofException(
          Reason.PROLOGUE, "upgrade from " + start + " to " + to + " in " + anchor.length());
    }
    TreeGrowth growth = new TreeGrowth(mine, hash);
    append(growth, start, to, nodes);
    if (anchor != null
        && growth.length() == anchor.length()
        && !growth.head().treeHash().equals(anchor.treeHash())) {
      throw new ProofException(Reason.PROLOGUE, "another tree of " + anchor.length() + " blocks");
    }
    if (!upgrade.additionalNodes().isEmpty()) {
      TreeNode last = upgrade.additionalNodes().getLast();
      check(last);
      append(
          growth, to, FlatTree.endBlock(last.index()), new Queue(upgrade.additionalNodes(), null));
    }
    return growth;
  }

  /** Appends what lies beyond the present length of the nodes that lead {@code from to}. */
  private static void append(TreeGrowth growth, long from, long to, Queue nodes)
      throws ProofException {
    for (long block = from; block < to; ) {
      long index = FlatTree.firstFullRoot(block, to);
      block = FlatTree.endBlock(index);
      if (block <= growth.length()) {
        nodes.skip(index);
        continue;
      }
      TreeNode node = nodes.take(index);
      if (FlatTree.firstBlock(index) != growth.length()) {
        throw new ProofException(
            Reason.STALE, "node " + index + " for a tree of " + growth.length());
      }
      if (node.size() > TreeHash.MAX_SIZE - growth.byteLength()) {
        throw new ProofException(Reason.TOO_LARGE, "too many bytes before block " + block);
      }
      growth.append(node);
    }
    nodes.expectNoneLeft();
  }

  /** Compares the node that a proof leads to with the stored one. */
  private static void compare(
      TreeNode claim, boolean isComputed, TreeHead mine, NodeSource stored, List<TreeNode> seen)
      throws ProofException {
    TreeNode known =
        FlatTree.isInside(claim.index(), mine.length()) ? stored.node(claim.index()) : null;
    if (known == null) {
      throw new ProofException(Reason.UNKNOWN_ROOT, "node " + claim.index() + " is not stored");
    }
    boolean isSameSize = known.size() == claim.size();
    if (!known.hash().equals(claim.hash()) || !(isSameSize || isComputed)) {
      throw new ProofException(
          Reason.CHECKSUM, "another node " + claim.index() + " than the stored one");
    }
    if (isSameSize) {
      seen.removeLast();
    }
  }

  private static void check(TreeNode node) throws ProofException {
    if (node.index() < 0
        || node.index() > FlatTree.MAX_INDEX
        || FlatTree.endBlock(node.index()) > FlatTree.MAX_BLOCKS
        || node.size() < 0
        || node.size() > TreeHash.MAX_SIZE) {
      throw new ProofException(
          Reason.MALFORMED, "node " + node.index() + " of " + node.size() + " bytes");
    }
  }

  /** The nodes of one list, to be taken in order, and one that may be taken at any time. */
  private static final class Queue {
    private final List<TreeNode> nodes;
    private final @Nullable TreeNode extra;
    private int next;
    private boolean isExtraTaken;

    Queue(List<TreeNode> nodes, @Nullable TreeNode extra) {
      this.nodes = nodes;
      this.extra = extra;
    }

    boolean isEmpty() {
      return next == nodes.size() && (extra == null || isExtraTaken);
    }

    TreeNode take(long index) throws ProofException {
      if (extra != null && !isExtraTaken && extra.index() == index) {
        isExtraTaken = true;
        return extra;
      }
      if (next == nodes.size()) {
        throw new ProofException(Reason.TOO_FEW_NODES, "node " + index + " is not in the proof");
      }
      TreeNode node = nodes.get(next++);
      if (node.index() != index) {
        throw new ProofException(
            Reason.WRONG_NODE_ORDER, "node " + node.index() + " in place of node " + index);
      }
      check(node);
      return node;
    }

    /** Leaves out a node that is not needed; the extra one stays for another proof of it. */
    void skip(long index) throws ProofException {
      if (extra == null || extra.index() != index) {
        take(index);
      }
    }

    void expectNoneLeft() throws ProofException {
      if (next < nodes.size()) {
        throw new ProofException(
            Reason.TOO_MANY_NODES, (nodes.size() - next) + " nodes are left over");
      }
    }
  }
}
