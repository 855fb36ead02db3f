package org.peerstead.hypercore.manifest;

import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * The bytes of a head that are signed. Stateless and thread-safe.
 *
 * <pre>
 * offset  size  version 1 on     version 0         compat
 * 0       32    tree namespace   tree namespace    tree namespace
 * 32      32    core key         signer namespace  -
 * 64/32   32    tree hash        tree hash         tree hash
 * 96/64   8     u64 length       u64 length        u64 length
 * 104/72  8     u64 fork         u64 fork          u64 fork
 * </pre>
 */
final class SignableHead {
  private static final Fixed32 TREE_NAMESPACE = Namespaces.of("hypercore", 1).getFirst();

  private SignableHead() {}

  static Slice of(Manifest manifest, Fixed32 coreKey, Manifest.Signer signer, TreeHead head) {
    CompactWriter writer = new CompactWriter(112).fixed32(TREE_NAMESPACE);
    if (!manifest.isCompatFor(coreKey)) {
      writer.fixed32(manifest.version() == 0 ? signer.namespace() : coreKey);
    }
    return writer.fixed32(head.treeHash()).uint64(head.length()).uint64(head.fork()).toSlice();
  }
}
