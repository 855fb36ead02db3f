package org.peerstead.hypercore.core;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.NodeSource;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.merkle.ProofVerifier;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.merkle.VerifiedProof;

/**
 * A verified head of a higher fork, and the search for what it shares with ours: from the roots
 * down, one level for each answer, to the first leaf that differs.
 *
 * <p>The search may be given up at any time; what is not known to be shared is loaded again.
 * Differs from hypercore 11.39.5: it goes down by both children of a node instead of by the whole
 * path of a leaf, so that each answer has two nodes. Not thread-safe.
 */
public final class Reorg {
  private final SignedHead target;
  private final TreeHead base;
  private final NodeSource ours;
  private final ProofVerifier verifier;
  private final Map<Long, TreeNode> theirs = new LinkedHashMap<>();
  private final @Nullable Manifest manifest;
  private long common;

  /** Differs from ours and has children to compare; -1 when the search is over. */
  private long differing = -1;

  Reorg(
      SignedHead target,
      TreeHead base,
      List<TreeNode> nodes,
      NodeSource ours,
      ProofVerifier verifier,
      @Nullable Manifest manifest) {
    this.target = target;
    this.base = base;
    this.ours = ours;
    this.verifier = verifier;
    this.manifest = manifest;
    for (TreeNode node : nodes) {
      theirs.put(node.index(), node);
    }
    for (TreeNode root : target.head().roots()) {
      if (!isShared(root)) {
        differing = root.index();
        break;
      }
      common = FlatTree.rightSpan(root.index()) / 2 + 1;
    }
    descend();
  }

  /** What is to be followed. */
  public TreeHead head() {
    return target.head();
  }

  /** What to ask for next, or null when the search is over. */
  public @Nullable ProofRequest nextRequest() {
    return differing < 0
        ? null
        : new ProofRequest(
            head().fork(),
            null,
            new ProofRequest.Hash(FlatTree.leftChild(differing), 1),
            null,
            null);
  }

  /**
   * The answer to {@link #nextRequest}.
   *
   * @throws ProofException when it does not fit the head; the search stands where it was
   */
  public void accept(Proof proof) throws ProofException {
    Proof.Hash hash = proof.hash();
    if (differing < 0 || hash == null || hash.index() != FlatTree.leftChild(differing)) {
      throw new ProofException(
          ProofException.Reason.INVALID_REQUEST, "not the node that was asked for");
    }
    VerifiedProof verified =
        verifier.verify(
            new Proof(proof.fork(), null, hash, null, null), head(), index -> theirs.get(index));
    for (TreeNode node : verified.nodes()) {
      theirs.put(node.index(), node);
    }
    descend();
  }

  /** Blocks that both forks are known to share. */
  public long commonLength() {
    return common;
  }

  SignedHead target() {
    return target;
  }

  TreeHead base() {
    return base;
  }

  Collection<TreeNode> nodes() {
    return theirs.values();
  }

  @Nullable Manifest manifest() {
    return manifest;
  }

  private void descend() {
    while (differing >= 0) {
      if (FlatTree.depth(differing) == 0 || FlatTree.leftSpan(differing) / 2 >= base.length()) {
        differing = -1;
        return;
      }
      TreeNode left = theirs.get(FlatTree.leftChild(differing));
      TreeNode right = theirs.get(FlatTree.rightChild(differing));
      if (left == null || right == null) {
        return;
      }
      if (!isShared(left)) {
        differing = left.index();
      } else {
        common = FlatTree.rightSpan(left.index()) / 2 + 1;
        differing = right.index();
        if (isShared(right)) {
          common = FlatTree.rightSpan(right.index()) / 2 + 1;
          differing = -1;
        }
      }
    }
  }

  private boolean isShared(TreeNode node) {
    return base.length() > 0
        && FlatTree.rightSpan(node.index()) <= 2 * (base.length() - 1)
        && node.equals(ours.node(node.index()));
  }
}
