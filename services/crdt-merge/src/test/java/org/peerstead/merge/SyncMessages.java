package org.peerstead.merge;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.peerstead.crdt.model.ChangeHash;

/** Sync messages that no honest peer would send. */
final class SyncMessages {
  private SyncMessages() {}

  /** A version 1 message with these heads and changes, needing and having nothing. */
  static byte[] v1(List<ChangeHash> heads, List<byte[]> changes) {
    var out = new ByteArrayOutputStream();
    out.write(0x42);
    uleb(out, heads.size());
    heads.forEach(head -> out.writeBytes(head.toBytes()));
    uleb(out, 0);
    uleb(out, 0);
    uleb(out, changes.size());
    for (byte[] change : changes) {
      uleb(out, change.length);
      out.writeBytes(change);
    }
    return out.toByteArray();
  }

  private static void uleb(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest > 0x7f) {
      out.write(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
