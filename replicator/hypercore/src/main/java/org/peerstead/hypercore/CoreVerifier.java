package org.peerstead.hypercore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.Bitfield;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.HeadVerifier;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.TreeHash;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.encoding.Slice;

/**
 * Reads all of a stored core again, from the signature down to the blocks.
 *
 * <p>A node is right when it is the parent of its children, and the roots when their hash was
 * signed; so what is not compared with the level below it, because nothing of that is stored, is
 * still covered from above. The core may be in use: it only grows under its head, unless it is
 * truncated, which is noticed at the end, or cleared, which is noticed when a block is missing.
 *
 * <p>Holds one block and the way down to it. One thread.
 */
final class CoreVerifier {
  private final CoreRecord record;
  private final CoreStorage storage;
  private final TreeHash hash = new TreeHash();
  private final List<Defect> defects = new ArrayList<>();
  private long defectCount;
  private long blocks;
  private long bytes;
  private long nodes;
  private boolean isInterrupted;

  CoreVerifier(CoreRecord record, CoreStorage storage) {
    this.record = record;
    this.storage = storage;
  }

  Verification verify() {
    StoredHead head = storage.head();
    if (head == null) {
      return result(0, 0, true);
    }
    Bitfield stored = Bitfield.load(storage);
    List<TreeNode> roots = new ArrayList<>();
    for (long index : FlatTree.fullRoots(head.length())) {
      TreeNode root = storage.node(index);
      if (root == null) {
        found(Defect.Kind.ROOT_MISSING, index, "of length " + head.length());
      } else {
        roots.add(root);
      }
    }
    if (defectCount == 0) {
      verifyHead(head, roots);
    }
    for (TreeNode root : roots) {
      verifyBelow(root, stored);
    }
    StoredHead after = storage.head();
    boolean isComplete =
        !isInterrupted
            && after != null
            && after.fork() == head.fork()
            && after.length() >= head.length();
    return result(head.fork(), head.length(), isComplete);
  }

  private void verifyHead(StoredHead stored, List<TreeNode> roots) {
    TreeHead head;
    try {
      head = TreeHead.of(stored.fork(), roots);
    } catch (IllegalArgumentException e) {
      found(Defect.Kind.BYTE_LENGTH, 0, String.valueOf(e.getMessage()));
      return;
    }
    if (head.byteLength() != stored.byteLength()) {
      found(
          Defect.Kind.BYTE_LENGTH,
          0,
          "the roots have " + head.byteLength() + ", the head says " + stored.byteLength());
    }
    if (!head.treeHash().equals(stored.treeHash())) {
      found(Defect.Kind.TREE_HASH, 0, "of length " + stored.length());
    }
    Slice encoded = record.manifest();
    if (encoded == null) {
      found(Defect.Kind.MANIFEST, 0, "missing");
      return;
    }
    HeadVerifier verifier;
    try {
      verifier = new HeadVerifier(Manifest.decode(encoded), record.key());
    } catch (HeadException e) {
      found(Defect.Kind.MANIFEST, 0, String.valueOf(e.getMessage()));
      return;
    }
    if (head.length() == 0 && stored.signature().isEmpty()) {
      return;
    }
    try {
      verifier.verify(head, stored.signature());
    } catch (HeadException e) {
      found(Defect.Kind.SIGNATURE, 0, e.reason() + ": " + e.getMessage());
    }
  }

  private void verifyBelow(TreeNode root, Bitfield stored) {
    Deque<TreeNode> open = new ArrayDeque<>();
    open.push(root);
    while (!open.isEmpty()) {
      if (Thread.currentThread().isInterrupted()) {
        isInterrupted = true;
        return;
      }
      TreeNode node = open.pop();
      nodes++;
      if (FlatTree.depth(node.index()) == 0) {
        verifyBlock(node, stored);
        continue;
      }
      TreeNode left = storage.node(FlatTree.leftChild(node.index()));
      TreeNode right = storage.node(FlatTree.rightChild(node.index()));
      if (left != null && right != null) {
        verifyParent(node, left, right);
        open.push(right);
        open.push(left);
      } else if (left != null) {
        found(Defect.Kind.NODE_MISSING, FlatTree.rightChild(node.index()), "its sibling is there");
        open.push(left);
      } else if (right != null) {
        found(Defect.Kind.NODE_MISSING, FlatTree.leftChild(node.index()), "its sibling is there");
        open.push(right);
      } else if (holdsBlocks(node, stored)) {
        found(
            Defect.Kind.NODE_MISSING,
            FlatTree.leftChild(node.index()),
            "blocks below it are stored, no child of " + node.index() + " is");
      }
    }
  }

  private void verifyParent(TreeNode node, TreeNode left, TreeNode right) {
    if (left.size() + right.size() != node.size()) {
      found(
          Defect.Kind.NODE_HASH,
          node.index(),
          "has " + node.size() + " bytes, its children " + (left.size() + right.size()));
    } else if (!hash.parent(left, right).equals(node)) {
      found(Defect.Kind.NODE_HASH, node.index(), "does not have the hash of its children");
    }
  }

  private void verifyBlock(TreeNode leaf, Bitfield stored) {
    long index = leaf.index() / 2;
    if (!stored.get(index)) {
      return;
    }
    Slice block = storage.block(index);
    if (block == null) {
      if (Bitfield.load(storage).get(index)) {
        found(Defect.Kind.BLOCK_MISSING, index, "of " + leaf.size() + " bytes");
      }
      return;
    }
    blocks++;
    bytes += block.length();
    if (!hash.leaf(index, block).equals(leaf)) {
      found(Defect.Kind.BLOCK_HASH, index, block.length() + " bytes of " + leaf.size());
    }
  }

  private static boolean holdsBlocks(TreeNode node, Bitfield stored) {
    long first = stored.firstSet(FlatTree.firstBlock(node.index()));
    return first != Bitfield.NONE && first < FlatTree.endBlock(node.index());
  }

  private void found(Defect.Kind kind, long index, @Nullable String detail) {
    defectCount++;
    if (defects.size() < Verification.MAX_DEFECTS) {
      defects.add(new Defect(kind, index, detail == null ? "" : detail));
    }
  }

  private Verification result(long fork, long length, boolean isComplete) {
    return new Verification(
        record.key(),
        fork,
        length,
        blocks,
        bytes,
        nodes,
        defectCount,
        List.copyOf(defects),
        isComplete);
  }
}
