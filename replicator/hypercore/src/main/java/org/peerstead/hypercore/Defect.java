package org.peerstead.hypercore;

/**
 * Something that a {@link Verification} found wrong.
 *
 * @param index a block for {@code BLOCK_*}, a position of the flat tree for {@code NODE_*} and
 *     {@code ROOT_MISSING}, else 0
 */
public record Defect(Kind kind, long index, String detail) {
  /** What is wrong. */
  public enum Kind {
    /** The bitfield says that it is stored. */
    BLOCK_MISSING,
    /** It does not have the hash of its leaf. */
    BLOCK_HASH,
    /** A node that stored blocks or its sibling need. */
    NODE_MISSING,
    /** It is not the parent of its children. */
    NODE_HASH,
    /** A root of the head. */
    ROOT_MISSING,
    /** The roots do not have the hash that the head says. */
    TREE_HASH,
    /** The roots do not have the bytes that the head says. */
    BYTE_LENGTH,
    /** The signature is not one of this core's signers over this head. */
    SIGNATURE,
    /** The manifest is missing or not the one of this core. */
    MANIFEST
  }
}
