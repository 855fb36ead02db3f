package org.peerstead.crdt.op;

import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.wire.Action;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.ChangeColumns;
import org.peerstead.crdt.wire.Chunk;
import org.peerstead.crdt.wire.SingleOpColumns;

/**
 * Rebuilds the type-1 chunk of a change from its rows. Keeps its buffers between calls, so that a
 * small change costs no allocation but the result; not thread-safe.
 */
public final class ChangeEncoder {
  private final MessageDigest sha256 = Chunk.sha256();
  private final byte[] hash = new byte[ChangeHash.SIZE];
  private final ByteWriter body = new ByteWriter(256);
  private final ByteWriter chunk = new ByteWriter(256);
  private final ChangeColumns columns = new ChangeColumns();
  private final SingleOpColumns single = new SingleOpColumns();
  private final byte[] hashes = new byte[ChangeHash.SIZE];
  private int[] local = new int[4];
  private int[] others = new int[4];

  /** What a change says beside its operations. */
  public record Header(
      int actor,
      long seq,
      long startOp,
      long time,
      String message,
      int[] deps,
      int depCount,
      byte @Nullable [] extra) {}

  /** Encodes an applied change; the chunk is {@link #chunk()}, its hash {@link #hash()}. */
  public void encode(OpSet ops, int change) {
    ChangeLog log = ops.log();
    int[] deps = new int[log.dependencyCount(change)];
    for (int i = 0; i < deps.length; i++) {
      deps[i] = log.dependency(change, i);
    }
    Header header =
        new Header(
            log.actor(change),
            log.seq(change),
            log.startOp(change),
            log.time(change),
            log.message(change),
            deps,
            deps.length,
            log.extra(change));
    encode(ops, header, log.firstRow(change), log.opCount(change));
  }

  /** Encodes {@code count} rows from {@code firstRow} under the given header. */
  public void encode(OpSet ops, Header header, int firstRow, int count) {
    OpColumns rows = ops.columns();
    int otherCount = collectActors(ops, header.actor(), firstRow, count);
    body.clear();
    body.writeUleb(header.depCount());
    for (int i = 0; i < header.depCount(); i++) {
      ops.log().copyHash(header.deps()[i], hashes, 0);
      body.write(hashes);
    }
    writeActor(ops.actors().get(header.actor()));
    body.writeUleb(header.seq());
    body.writeUleb(header.startOp());
    body.writeSleb(header.time());
    body.writeString(header.message());
    body.writeUleb(otherCount);
    for (int i = 0; i < otherCount; i++) {
      writeActor(ops.actors().get(others[i]));
    }
    boolean isSingle =
        count == 1 && rows.predCount(firstRow) <= 1 && rows.action(firstRow) != Action.MARK;
    if (isSingle) {
      single.reset();
      encodeSingle(ops, rows, firstRow);
      single.writeTo(body);
    } else {
      columns.reset();
      for (int row = firstRow; row < firstRow + count; row++) {
        encodeRow(ops, rows, row);
      }
      columns.writeTo(body);
    }
    byte[] extra = header.extra();
    if (extra != null) {
      body.write(extra);
    }
    chunk.clear();
    Chunk.frame(Chunk.CHANGE, body, sha256, hash, chunk);
  }

  /** The chunk encoded last; overwritten by the next. */
  public ByteWriter chunk() {
    return chunk;
  }

  /** The hash of the chunk encoded last, 32 bytes; overwritten by the next. */
  public byte[] hash() {
    return hash;
  }

  private void writeActor(ActorId actor) {
    body.writeLengthPrefixed(actor.toBytes());
  }

  /** Numbers the actors as the change sees them: the author 0, the others in byte order from 1. */
  private int collectActors(OpSet ops, int author, int firstRow, int count) {
    OpColumns rows = ops.columns();
    int actors = ops.actors().size();
    if (local.length < actors) {
      local = new int[actors + 8];
      others = new int[actors + 8];
    }
    Arrays.fill(local, 0, actors, -1);
    local[author] = 0;
    int otherCount = 0;
    for (int row = firstRow; row < firstRow + count; row++) {
      int object = rows.object(row);
      if (object > 0) {
        otherCount = note(ActorTable.actor(rows.id(ops.object(object).makeRow())), otherCount);
      }
      if (!rows.hasStringKey(row) && rows.key(row) >= 0) {
        otherCount = note(ActorTable.actor(rows.id(rows.key(row))), otherCount);
      }
      for (int p = 0; p < rows.predCount(row); p++) {
        otherCount = note(ActorTable.actor(rows.id(rows.pred(row, p))), otherCount);
      }
    }
    for (int i = 1; i < otherCount; i++) {
      int item = others[i];
      int at = i;
      while (at > 0 && ops.actors().rank(others[at - 1]) > ops.actors().rank(item)) {
        others[at] = others[at - 1];
        at--;
      }
      others[at] = item;
    }
    for (int i = 0; i < otherCount; i++) {
      local[others[i]] = i + 1;
    }
    return otherCount;
  }

  private int note(int actor, int otherCount) {
    if (local[actor] >= 0) {
      return otherCount;
    }
    local[actor] = Integer.MAX_VALUE;
    others[otherCount] = actor;
    return otherCount + 1;
  }

  private void encodeRow(OpSet ops, OpColumns rows, int row) {
    int object = rows.object(row);
    if (object == 0) {
      columns.rootObject();
    } else {
      long id = rows.id(ops.object(object).makeRow());
      columns.object(local[ActorTable.actor(id)], ActorTable.counter(id));
    }
    int key = rows.key(row);
    if (rows.hasStringKey(row)) {
      columns.stringKey(ops.keys().utf8(key));
    } else if (key == OpColumns.HEAD) {
      columns.headKey();
    } else {
      long id = rows.id(key);
      columns.elementKey(local[ActorTable.actor(id)], ActorTable.counter(id));
    }
    int name = rows.action(row) == Action.MARK ? ops.markNameKey(row) : -1;
    int preds = rows.predCount(row);
    columns.operation(
        rows.action(row),
        rows.isInsert(row),
        rows.valueMeta(row),
        rows.isExpand(row),
        name < 0 ? null : ops.keys().utf8(name),
        preds);
    appendValue(rows, row, columns.value());
    for (int p = 0; p < preds; p++) {
      long id = rows.id(rows.pred(row, p));
      columns.pred(local[ActorTable.actor(id)], ActorTable.counter(id));
    }
  }

  private void encodeSingle(OpSet ops, OpColumns rows, int row) {
    int object = rows.object(row);
    if (object > 0) {
      long id = rows.id(ops.object(object).makeRow());
      single.object(local[ActorTable.actor(id)], ActorTable.counter(id));
    }
    int key = rows.key(row);
    if (rows.hasStringKey(row)) {
      single.stringKey(ops.keys().utf8(key));
    } else if (key == OpColumns.HEAD) {
      single.headKey();
    } else {
      long id = rows.id(key);
      single.elementKey(local[ActorTable.actor(id)], ActorTable.counter(id));
    }
    single.operation(rows.action(row), rows.isInsert(row), rows.valueMeta(row));
    if (rows.valueLength(row) > 0) {
      appendValue(rows, row, single.value());
      single.valueEnd();
    }
    if (rows.predCount(row) == 0) {
      single.noPred();
    } else {
      long id = rows.id(rows.pred(row, 0));
      single.pred(local[ActorTable.actor(id)], ActorTable.counter(id));
    }
  }

  static void appendValue(OpColumns rows, int row, ByteWriter out) {
    int length = rows.valueLength(row);
    if (length <= 8) {
      out.writeLittleEndian(rows.shortValue(row), length);
    } else {
      out.write(rows.heap(), rows.heapOffset(row), length);
    }
  }
}
