package org.peerstead.hypercore.core;

import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.securestream.encoding.Slice;

/** Signs heads: one key pair of ours, or what several signers bring together. */
@FunctionalInterface
public interface HeadSignature {
  /** The signature over a head, in the encoding of the core's manifest. */
  Slice sign(TreeHead head);
}
