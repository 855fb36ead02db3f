package org.peerstead.crdt.sync;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.crdt.model.ChangeHash;

/**
 * One message of the sync protocol. Immutable and thread-safe.
 *
 * @param version layout of {@code changes}; the other fields are the same in both
 * @param heads the sender's heads, ascending
 * @param need changes the sender asks for by hash, ascending
 * @param have what the sender has; an empty list means "answer only what I need"
 * @param changes V1: one change chunk each; V2: at most one item, a concatenation of chunks of any
 *     kind
 * @param flags absent from peers that only know V1
 */
public record SyncMessage(
    Version version,
    List<ChangeHash> heads,
    List<ChangeHash> need,
    List<Have> have,
    List<Bytes> changes,
    @Nullable SyncFlags flags) {

  /** The two message layouts. */
  public enum Version {
    /** Understood by every Automerge since 1.0; first byte 0x42. */
    V1(0x42),
    /** May carry whole documents; first byte 0x43. Sent only to peers that have shown flags. */
    V2(0x43);

    private final int firstByte;

    Version(int firstByte) {
      this.firstByte = firstByte;
    }

    /** The byte that begins a message of this version. */
    public int firstByte() {
      return firstByte;
    }
  }

  public SyncMessage {
    heads = List.copyOf(heads);
    need = List.copyOf(need);
    have = List.copyOf(have);
    changes = List.copyOf(changes);
  }

  /** All bytes of {@link #changes()} in one array, ready to be loaded. */
  byte[] joinedChanges() {
    if (changes.size() == 1) {
      return changes.getFirst().toBytes();
    }
    int size = 0;
    for (Bytes item : changes) {
      size = Math.addExact(size, item.size());
    }
    byte[] joined = new byte[size];
    int offset = 0;
    for (Bytes item : changes) {
      System.arraycopy(item.toBytes(), 0, joined, offset, item.size());
      offset += item.size();
    }
    return joined;
  }
}
