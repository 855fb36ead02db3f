package org.peerstead.hypercore.manifest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.peerstead.hypercore.manifest.MultiSignature.Entry;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Signs heads, alone or together with others. Stateless and thread-safe. */
public final class HeadSigner {
  /**
   * One signer's part of a signature of several.
   *
   * @param signer index in the manifest
   * @param signature 64 bytes
   * @param patch blocks by which the head that was signed is longer than the one in question
   * @param nodes that lead from the one to the other; empty when patch is 0
   */
  public record Part(int signer, Slice signature, long patch, List<TreeNode> nodes) {
    /** Copies the nodes. */
    public Part {
      nodes = List.copyOf(nodes);
    }
  }

  private HeadSigner() {}

  /**
   * The whole signature of a core with one signer.
   *
   * @throws IllegalArgumentException when the key pair is not its signer's
   */
  public static Slice sign(Manifest manifest, Fixed32 coreKey, KeyPair keyPair, TreeHead head) {
    Part part = part(manifest, coreKey, keyPair, head);
    return isBare(manifest, coreKey) ? part.signature() : assemble(manifest, List.of(part));
  }

  /**
   * One signer's part.
   *
   * @throws IllegalArgumentException when the key pair is none of the signers'
   */
  public static Part part(Manifest manifest, Fixed32 coreKey, KeyPair keyPair, TreeHead head) {
    List<Manifest.Signer> signers = manifest.signers();
    for (int i = 0; i < signers.size(); i++) {
      Manifest.Signer signer = signers.get(i);
      if (signer.publicKey().equals(keyPair.publicKey())) {
        Slice signable = SignableHead.of(manifest, coreKey, signer, head);
        return new Part(i, Slice.of(keyPair.sign(signable)), 0, List.of());
      }
    }
    throw new IllegalArgumentException("no signer has the key " + keyPair.publicKey());
  }

  /** Puts the parts of several signers together, at least as many as the quorum. */
  public static Slice assemble(Manifest manifest, List<Part> parts) {
    Map<Long, TreeNode> nodes = new LinkedHashMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Part part : parts) {
      part.nodes().forEach(node -> nodes.putIfAbsent(node.index(), node));
      entries.add(new Entry(part.signer(), part.signature(), part.patch()));
    }
    MultiSignature all = new MultiSignature(entries, List.copyOf(nodes.values()));
    return manifest.version() == 0 ? all.encodeVersion0() : all.encode();
  }

  /** Whether the signature is the 64 bytes alone. */
  static boolean isBare(Manifest manifest, Fixed32 coreKey) {
    return manifest.isCompatFor(coreKey)
        || (manifest.version() == 0 && !manifest.allowPatch() && manifest.signers().size() == 1);
  }
}
