package org.peerstead.hypercore.manifest;

import java.util.List;
import org.peerstead.hypercore.manifest.HeadException.Reason;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * Signatures of one or more signers. Immutable and thread-safe.
 *
 * <pre>
 * version 1 on  array of { uint signer, fixed64 signature, uint patch }, array of nodes
 * version 0     array of { uint flags, uint signer, fixed64 signature,
 *               flag 1: uint start, uint length, array of uint }, array of nodes
 * node          uint index, uint size, fixed32 hash
 * </pre>
 *
 * @param nodes that lead to longer heads, for entries with a patch
 */
record MultiSignature(List<Entry> entries, List<TreeNode> nodes) {
  /** Most nodes that are read. A path has at most 53, and there is one for each signer. */
  private static final int MAX_NODES = 64 * 1_024;

  private static final int HAS_PATCH = 1;

  /**
   * One signature.
   *
   * @param signer index in the manifest
   * @param patch blocks that the signed head is longer
   */
  record Entry(long signer, Slice signature, long patch) {}

  Slice encode() {
    return new CompactWriter(16 + 70 * entries.size())
        .array(
            entries,
            (writer, entry) ->
                writer.uint(entry.signer()).raw(entry.signature()).uint(entry.patch()))
        .array(nodes, MultiSignature::writeNode)
        .toSlice();
  }

  /**
   * @throws IllegalStateException when an entry has a patch: new cores are never of version 0
   */
  Slice encodeVersion0() {
    return new CompactWriter(16 + 70 * entries.size())
        .array(
            entries,
            (writer, entry) -> {
              if (entry.patch() > 0) {
                throw new IllegalStateException("patches are written from version 1 on");
              }
              writer.uint(0).uint(entry.signer()).raw(entry.signature());
            })
        .array(nodes, MultiSignature::writeNode)
        .toSlice();
  }

  static MultiSignature decode(int version, Slice bytes) throws HeadException {
    try {
      CompactReader reader = bytes.reader();
      List<Entry> entries =
          reader.array(
              Manifest.MAX_SIGNERS,
              version == 0 ? MultiSignature::readEntry0 : MultiSignature::readEntry);
      return new MultiSignature(entries, reader.array(MAX_NODES, MultiSignature::readNode));
    } catch (EncodingException e) {
      throw new HeadException(Reason.MALFORMED_SIGNATURE, e.reason() + ": " + e.getMessage());
    }
  }

  private static Entry readEntry(CompactReader reader) throws EncodingException {
    return new Entry(reader.uint(), reader.fixed(KeyPair.SIGNATURE_BYTES), reader.uint());
  }

  private static Entry readEntry0(CompactReader reader) throws EncodingException {
    long flags = reader.uint();
    long signer = reader.uint();
    Slice signature = reader.fixed(KeyPair.SIGNATURE_BYTES);
    long patch = 0;
    if ((flags & HAS_PATCH) != 0) {
      reader.uint();
      patch = reader.uint();
      // Indexes into the node list. They are not needed: the walk knows which nodes it wants.
      reader.array(MAX_NODES, CompactReader::uint);
    }
    return new Entry(signer, signature, patch);
  }

  private static void writeNode(CompactWriter writer, TreeNode node) {
    writer.uint(node.index()).uint(node.size()).fixed32(node.hash());
  }

  private static TreeNode readNode(CompactReader reader) throws EncodingException {
    return new TreeNode(reader.uint(), reader.uint(), reader.fixed32());
  }
}
