package org.peerstead.merge.store;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.peerstead.events.Hash32;

/**
 * What is known of a stored document without loading it.
 *
 * <p>Layout, version 1, integers big-endian:
 *
 * <table>
 * <caption>57 bytes and the heads</caption>
 * <tr><th>offset</th><th>bytes</th><th>meaning</th></tr>
 * <tr><td>0</td><td>1</td><td>version, 1</td></tr>
 * <tr><td>1</td><td>8</td><td>createdMillis</td></tr>
 * <tr><td>9</td><td>8</td><td>changedMillis</td></tr>
 * <tr><td>17</td><td>8</td><td>changes</td></tr>
 * <tr><td>25</td><td>8</td><td>snapshotBytes</td></tr>
 * <tr><td>33</td><td>8</td><td>logBytes</td></tr>
 * <tr><td>41</td><td>8</td><td>logFrom</td></tr>
 * <tr><td>49</td><td>8</td><td>logTo</td></tr>
 * <tr><td>57</td><td>32 each</td><td>heads, ascending</td></tr>
 * </table>
 *
 * @param createdMillis when this store first had it, milliseconds since 1970
 * @param changedMillis when it last gained a change
 * @param changes number of changes in snapshot and log
 * @param snapshotBytes size of the snapshot, 0 when there is none
 * @param logBytes size of all log entries
 * @param logFrom sequence number of the first log entry
 * @param logTo sequence number after the last log entry
 * @param heads the heads of the document that snapshot and log give
 */
public record DocumentRecord(
    long createdMillis,
    long changedMillis,
    long changes,
    long snapshotBytes,
    long logBytes,
    long logFrom,
    long logTo,
    List<Hash32> heads) {
  private static final byte VERSION = 1;
  private static final int FIXED_SIZE = 57;

  public DocumentRecord {
    heads = List.copyOf(heads);
  }

  /** Snapshot and log together. */
  public long storedBytes() {
    return snapshotBytes + logBytes;
  }

  /** How many log entries there are. */
  public long logEntries() {
    return logTo - logFrom;
  }

  /** The bytes to store. */
  public byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(FIXED_SIZE + heads.size() * Hash32.SIZE);
    out.put(VERSION)
        .putLong(createdMillis)
        .putLong(changedMillis)
        .putLong(changes)
        .putLong(snapshotBytes)
        .putLong(logBytes)
        .putLong(logFrom)
        .putLong(logTo);
    heads.forEach(head -> out.put(head.toArray()));
    return out.array();
  }

  /**
   * Reads stored bytes.
   *
   * @throws StorageException of kind DAMAGED when they are no record
   */
  public static DocumentRecord decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      byte version = in.get();
      if (version != VERSION) {
        throw new StorageException(
            StorageException.Kind.DAMAGED, "A document record has version " + version + ", not 1");
      }
      long created = in.getLong();
      long changed = in.getLong();
      long changes = in.getLong();
      long snapshotBytes = in.getLong();
      long logBytes = in.getLong();
      long logFrom = in.getLong();
      long logTo = in.getLong();
      var heads = new ArrayList<Hash32>(in.remaining() / Hash32.SIZE);
      while (in.hasRemaining()) {
        byte[] head = new byte[Hash32.SIZE];
        in.get(head);
        heads.add(Hash32.of(head));
      }
      return new DocumentRecord(
          created, changed, changes, snapshotBytes, logBytes, logFrom, logTo, heads);
    } catch (BufferUnderflowException e) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "A document record has only " + bytes.length + " bytes",
          e);
    }
  }
}
