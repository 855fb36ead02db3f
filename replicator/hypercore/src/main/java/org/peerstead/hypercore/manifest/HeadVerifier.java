package org.peerstead.hypercore.manifest;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.HeadException.Reason;
import org.peerstead.hypercore.manifest.MultiSignature.Entry;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.TreeGrowth;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Decides whether a head was signed by those whom the manifest names. Not thread-safe: keys are
 * decoded at their first use and kept.
 */
public final class HeadVerifier {
  private final Manifest manifest;
  private final Fixed32 coreKey;
  private final @Nullable VerifyKey[] keys;

  /**
   * A verifier for one core.
   *
   * @throws HeadException with reason WRONG_MANIFEST when the manifest is another core's
   */
  public HeadVerifier(Manifest manifest, Fixed32 coreKey) throws HeadException {
    if (!manifest.belongsTo(coreKey)) {
      throw new HeadException(Reason.WRONG_MANIFEST, "the manifest is not that of " + coreKey);
    }
    this.manifest = manifest;
    this.coreKey = coreKey;
    this.keys = new VerifyKey[manifest.signers().size()];
  }

  /** Whom it knows. */
  public Manifest manifest() {
    return manifest;
  }

  /**
   * Returns when the head is signed.
   *
   * @param signature as it came with the head
   * @throws HeadException when it is not
   */
  public void verify(TreeHead head, Slice signature) throws HeadException {
    if (HeadSigner.isBare(manifest, coreKey)) {
      verifyOne(0, head, signature);
      return;
    }
    Manifest.Prologue prologue = manifest.prologue();
    if (manifest.version() > 0 && prologue != null && head.length() <= prologue.length()) {
      if (head.length() != prologue.length() || !head.treeHash().equals(prologue.hash())) {
        throw new HeadException(
            Reason.PROLOGUE, head.length() + " blocks that are not the prologue");
      }
      return;
    }
    verifyQuorum(head, signature);
  }

  private void verifyQuorum(TreeHead head, Slice signature) throws HeadException {
    if (manifest.quorum() == 0) {
      throw new HeadException(Reason.QUORUM, "nobody may sign for this core");
    }
    MultiSignature all = MultiSignature.decode(manifest.version(), signature);
    List<Entry> entries = all.entries();
    if (entries.size() < manifest.quorum()) {
      throw new HeadException(
          Reason.QUORUM, entries.size() + " signatures of " + manifest.quorum());
    }
    BitSet tried = new BitSet();
    for (Entry entry : entries.subList(0, manifest.quorum())) {
      if (entry.signer() >= keys.length || tried.get((int) entry.signer())) {
        throw new HeadException(
            Reason.BAD_SIGNATURE, "signer " + entry.signer() + " does not exist or repeats");
      }
      tried.set((int) entry.signer());
      TreeHead signed =
          entry.patch() > 0 && manifest.allowPatch()
              ? patched(head, entry.patch(), all.nodes())
              : head;
      verifyOne((int) entry.signer(), signed, entry.signature());
    }
  }

  private void verifyOne(int signer, TreeHead head, Slice signature) throws HeadException {
    if (keys.length == 0) {
      throw new HeadException(Reason.QUORUM, "nobody may sign for this core");
    }
    Slice signable = SignableHead.of(manifest, coreKey, manifest.signers().get(signer), head);
    if (!key(signer).verify(signable, signature)) {
      throw new HeadException(Reason.BAD_SIGNATURE, "signer " + signer + " did not sign " + head);
    }
  }

  private VerifyKey key(int signer) throws HeadException {
    VerifyKey key = keys[signer];
    if (key == null) {
      try {
        key = VerifyKey.of(manifest.signers().get(signer).publicKey());
      } catch (CryptoException e) {
        throw new HeadException(Reason.BAD_SIGNATURE, "signer " + signer + ": " + e.getMessage());
      }
      keys[signer] = key;
    }
    return key;
  }

  /** The head that is {@code patch} blocks longer, as the nodes say. */
  private static TreeHead patched(TreeHead head, long patch, List<TreeNode> nodes)
      throws HeadException {
    if (patch > FlatTree.MAX_BLOCKS - head.length()) {
      throw new HeadException(Reason.MALFORMED_SIGNATURE, "a patch of " + patch + " blocks");
    }
    Map<Long, TreeNode> byIndex = new HashMap<>();
    nodes.forEach(node -> byIndex.put(node.index(), node));
    long length = head.length() + patch;
    TreeGrowth growth = new TreeGrowth(head);
    try {
      for (long root : FlatTree.fullRoots(length)) {
        while (FlatTree.rightSpan(root) >= 2 * growth.length()) {
          growth.append(next(root, growth.length(), byIndex));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new HeadException(
          Reason.MALFORMED_SIGNATURE, "the patch does not fit: " + e.getMessage());
    }
    return growth.head();
  }

  /** The largest subtree below {@code root} that begins with the block. */
  private static TreeNode next(long root, long block, Map<Long, TreeNode> nodes)
      throws HeadException {
    long index = 2 * block;
    while (index != root && FlatTree.isLeft(index)) {
      index = FlatTree.parent(index);
    }
    TreeNode node = nodes.get(index);
    if (node == null) {
      throw new HeadException(Reason.MALFORMED_SIGNATURE, "node " + index + " of a patch");
    }
    return node;
  }
}
