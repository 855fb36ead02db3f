package org.peerstead.hypercore.merkle;

import static org.peerstead.hypercore.merkle.ProofException.Reason;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Slice;

/**
 * Answers requests with the same nodes in the same order as npm.
 *
 * <p>A path lists the siblings that lead from a node up to a sub-root, which the asker holds or
 * receives in the same answer. With a seek, a second path leads from where the offset lies to where
 * it meets the first one; the node at the meeting point is left out, because the verifier computes
 * it. An upgrade lists the nodes that extend the asker's tree from left to right; the one above the
 * block, node or offset of the same request is left out for the same reason.
 *
 * <p>Differs from hypercore 11.39.5: a seek below another root than the first is answered. There
 * npm adds up the sizes of the roots before it as "not a number" and sends no seek, so that the
 * asker has to ask again for every level; it takes the path if it gets one.
 *
 * <p>Reads at most about 110 nodes for each part of a request, whatever is asked.
 */
public final class ProofBuilder {
  private final TreeHead head;
  private final NodeSource nodes;

  private @Nullable List<TreeNode> path;
  private @Nullable List<TreeNode> seekPath;

  private ProofBuilder(TreeHead head, NodeSource nodes) {
    this.head = head;
    this.nodes = nodes;
  }

  /** The block or node of a request. */
  private record Target(boolean isBlock, long index, long levels) {}

  /**
   * The answer to {@code request}. Has no parts when the core is empty, and no seek when the offset
   * lies on the path of the block or node, or outside what the answer is about.
   *
   * @param head of the core that answers
   * @param nodes of that core
   * @param blockValue content of the requested block; null when there is none, or not here
   * @param signature of {@code head}
   * @param prologueLength blocks of the manifest's prologue, 0 without one; an upgrade that starts
   *     inside is answered with one from nothing to its end
   * @throws ProofException with {@code NOT_AVAILABLE} or {@code INVALID_REQUEST}
   */
  public static Proof build(
      ProofRequest request,
      TreeHead head,
      NodeSource nodes,
      @Nullable Slice blockValue,
      Slice signature,
      long prologueLength)
      throws ProofException {
    if (request.fork() != head.fork()) {
      throw new ProofException(
          Reason.NOT_AVAILABLE, "fork " + request.fork() + " asked, have " + head.fork());
    }
    if (head.length() == 0) {
      return new Proof(head.fork(), null, null, null, null);
    }
    if (request.block() != null && blockValue == null) {
      throw new ProofException(
          Reason.NOT_AVAILABLE, "block " + request.block().index() + " is not here");
    }
    return new ProofBuilder(head, nodes).build(request, blockValue, signature, prologueLength);
  }

  private Proof build(
      ProofRequest request, @Nullable Slice blockValue, Slice signature, long prologueLength)
      throws ProofException {
    ProofRequest.Upgrade upgrade = widened(request.upgrade(), prologueLength);
    ProofRequest.Seek seek = request.seek();
    Target target = target(request);
    long from = 0;
    long to = head.length();
    if (upgrade != null) {
      from = upgrade.start();
      to = from + upgrade.length();
      if (from < 0 || from >= to || to > head.length()) {
        throw invalid("upgrade from " + from + " to " + to + " of " + head.length());
      }
    }
    if (seek != null && (seek.bytes() < 0 || seek.padding() < 0)) {
      throw invalid("seek of " + seek.bytes() + " bytes");
    }
    if (seek != null && upgrade != null && target != null && target.index >= 2 * from) {
      throw invalid("seek together with node " + target.index + " of the upgrade");
    }

    List<TreeNode> upgradeNodes = List.of();
    List<TreeNode> additionalNodes = List.of();
    boolean below = upgrade == null || (target != null && FlatTree.isInside(target.index, from));
    if (target != null && below) {
      long subRoot = climb(target, to);
      long seekRoot = seek == null ? -1 : seekUntrusted(subRoot, seek);
      buildPath(target, seekRoot, subRoot);
    }
    if (upgrade != null) {
      upgradeNodes = buildUpgrade(from, to, below ? null : target, target == null ? seek : null);
      additionalNodes = growth(to, head.length());
    }
    return assemble(request, upgrade, blockValue, signature, upgradeNodes, additionalNodes);
  }

  private static @Nullable Target target(ProofRequest request) throws ProofException {
    if (request.block() != null) {
      long block = request.block().index();
      if (block < 0 || block >= FlatTree.MAX_BLOCKS) {
        throw invalid("block " + block);
      }
      return new Target(true, 2 * block, request.block().nodes());
    }
    if (request.hash() != null) {
      long index = request.hash().index();
      if (index < 0 || index > FlatTree.MAX_INDEX) {
        throw invalid("node " + index);
      }
      return new Target(false, index, request.hash().nodes());
    }
    return null;
  }

  /** Nobody may hold less than the whole prologue. */
  private static ProofRequest.@Nullable Upgrade widened(
      ProofRequest.@Nullable Upgrade upgrade, long prologueLength) {
    return upgrade != null && upgrade.start() < prologueLength
        ? new ProofRequest.Upgrade(0, prologueLength)
        : upgrade;
  }

  /** The node as many levels up as the asker has nothing of, inside the first {@code to} blocks. */
  private static long climb(Target target, long to) throws ProofException {
    long at = target.index;
    if (target.levels < 0 || !FlatTree.isInside(at, to)) {
      throw invalid("node " + at + " of a tree of " + to);
    }
    for (long level = 0; level < target.levels; level++) {
      at = FlatTree.parent(at);
      if (!FlatTree.isInside(at, to)) {
        throw invalid(target.levels + " levels above node " + target.index + " of a tree of " + to);
      }
    }
    return at;
  }

  /** Fills the paths of a block or node and of the seek that meets it, if {@code seekRoot >= 0}. */
  private void buildPath(Target target, long seekRoot, long subRoot) throws ProofException {
    List<TreeNode> siblings = new ArrayList<>();
    path = siblings;
    if (!target.isBlock) {
      siblings.add(require(target.index));
    }
    for (long at = target.index; at != subRoot; at = FlatTree.parent(at)) {
      long sibling = FlatTree.sibling(at);
      if (seekRoot >= 0 && sibling != seekRoot && FlatTree.contains(sibling, seekRoot)) {
        buildSeekPath(seekRoot, sibling);
      } else {
        siblings.add(require(sibling));
      }
    }
  }

  private void buildSeekPath(long seekRoot, long subRoot) throws ProofException {
    List<TreeNode> siblings = new ArrayList<>();
    seekPath = siblings;
    siblings.add(require(seekRoot));
    for (long at = seekRoot; at != subRoot; at = FlatTree.parent(at)) {
      siblings.add(require(FlatTree.sibling(at)));
    }
  }

  /** At most one of target and seek is given: what the upgrade brings along. */
  private List<TreeNode> buildUpgrade(
      long from, long to, @Nullable Target target, ProofRequest.@Nullable Seek seek)
      throws ProofException {
    long inner = -1;
    if (target != null) {
      inner = target.index;
    } else if (seek != null) {
      inner = seekFromStart(to, seek);
    }
    List<TreeNode> list = new ArrayList<>();
    for (long block = from; block < to; ) {
      long index = FlatTree.firstFullRoot(block, to);
      if (inner < 0 || !FlatTree.contains(index, inner)) {
        list.add(require(index));
      } else if (target != null) {
        buildPath(target, -1, index);
      } else {
        buildSeekPath(inner, index);
      }
      block = FlatTree.endBlock(index);
    }
    return list;
  }

  private List<TreeNode> growth(long from, long to) throws ProofException {
    if (from == to) {
      return List.of();
    }
    List<TreeNode> list = new ArrayList<>();
    for (long block = from; block < to; ) {
      long index = FlatTree.firstFullRoot(block, to);
      list.add(require(index));
      block = FlatTree.endBlock(index);
    }
    return list;
  }

  private Proof assemble(
      ProofRequest request,
      ProofRequest.@Nullable Upgrade upgrade,
      @Nullable Slice blockValue,
      Slice signature,
      List<TreeNode> upgradeNodes,
      List<TreeNode> additionalNodes)
      throws ProofException {
    Proof.Block block = null;
    Proof.Hash hash = null;
    if (request.block() != null && blockValue != null) {
      block = new Proof.Block(request.block().index(), blockValue, requirePath());
    } else if (request.hash() != null) {
      hash = new Proof.Hash(request.hash().index(), requirePath());
    }
    Proof.Seek seek =
        request.seek() == null || seekPath == null
            ? null
            : new Proof.Seek(request.seek().bytes(), seekPath);
    Proof.Upgrade head =
        upgrade == null
            ? null
            : new Proof.Upgrade(
                upgrade.start(), upgrade.length(), upgradeNodes, additionalNodes, signature);
    return new Proof(this.head.fork(), block, hash, seek, head);
  }

  private List<TreeNode> requirePath() throws ProofException {
    if (path == null) {
      throw invalid("the block or node lies outside of the upgrade");
    }
    return path;
  }

  /**
   * Where a path to {@code bytes} starts in the first {@code to} blocks: the deepest known node
   * whose left edge is at or before it, or the one that ends there. -1 behind the last byte.
   */
  private long seekFromStart(long to, ProofRequest.Seek seek) throws ProofException {
    long left = seek.bytes();
    for (long root : FlatTree.fullRoots(to)) {
      long size = ByteSeek.unpadded(require(root), seek.padding());
      if (left == size) {
        return root;
      }
      if (left < size) {
        return seekBelow(root, left, seek.padding());
      }
      left -= size;
    }
    return -1;
  }

  /** The same below {@code subRoot}, where the asker believes the offset to be. */
  private long seekUntrusted(long subRoot, ProofRequest.Seek seek) throws ProofException {
    long padded;
    try {
      padded = ByteSeek.offsetOf(head, nodes, subRoot);
    } catch (MissingNodeException e) {
      throw new ProofException(Reason.NOT_AVAILABLE, e.toString());
    }
    long first = FlatTree.firstBlock(subRoot);
    long offset =
        first == 0 ? 0 : seek.padding() > padded / first ? 0 : padded - seek.padding() * first;
    if (seek.bytes() == offset) {
      return subRoot;
    }
    long left = seek.bytes() - offset;
    if (left < 0 || left >= ByteSeek.unpadded(require(subRoot), seek.padding())) {
      throw invalid("byte " + seek.bytes() + " is not below node " + subRoot);
    }
    return seekBelow(subRoot, left, seek.padding());
  }

  private long seekBelow(long root, long bytes, long padding) {
    if (bytes == 0) {
      return root;
    }
    long at = root;
    long left = bytes;
    while (FlatTree.depth(at) > 0) {
      TreeNode leftChild = nodes.node(FlatTree.leftChild(at));
      if (leftChild == null) {
        return at;
      }
      long size = ByteSeek.unpadded(leftChild, padding);
      if (left == size) {
        return leftChild.index();
      }
      if (left < size) {
        at = leftChild.index();
      } else {
        left -= size;
        at = FlatTree.rightChild(at);
      }
    }
    return at;
  }

  private TreeNode require(long index) throws ProofException {
    TreeNode node = nodes.node(index);
    if (node == null) {
      throw new ProofException(Reason.NOT_AVAILABLE, "node " + index + " is not stored");
    }
    return node;
  }

  private static ProofException invalid(String message) {
    return new ProofException(Reason.INVALID_REQUEST, message);
  }
}
