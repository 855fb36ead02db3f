package org.peerstead.hypercore.core;

import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.encoding.Slice;

/**
 * A head and the signature over it.
 *
 * @param signature in the encoding of the core's manifest; empty for a core without blocks
 */
record SignedHead(TreeHead head, Slice signature) {
  static final SignedHead EMPTY = new SignedHead(TreeHead.EMPTY, Slice.EMPTY);

  StoredHead stored() {
    return new StoredHead(
        head.fork(), head.length(), head.byteLength(), head.treeHash(), signature);
  }
}
