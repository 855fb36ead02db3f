package org.peerstead.crdt.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;

/**
 * Reads a bundle chunk (type 3, which its authors call experimental): some changes as one table,
 * their operations as another. Gives the changes back as single chunks, in the order of the bundle,
 * in which each comes after those it depends on. Bundles are read, never written. One decoder reads
 * one chunk.
 *
 * <p>Body: external dependencies, actors, change columns with their data, operation columns with
 * theirs; bytes behind are ignored.
 */
public final class BundleDecoder {
  private static final long MAX_COUNTER = 0xFFFF_FFFEL;
  private static final int FREE_ROWS = 1 << 18;

  private final Chunk chunk;
  private final int maxInflatedBytes;
  private final List<ActorId> actors = new ArrayList<>();
  private final List<Header> headers = new ArrayList<>();
  private final OpBuffer buffer = new OpBuffer();
  private byte[] values = new byte[0];

  private record Header(
      int actor,
      long seq,
      long startOp,
      long maxOp,
      long time,
      String message,
      long[] deps,
      byte[] extra) {
    int opCount() {
      return (int) (maxOp + 1 - startOp);
    }
  }

  public BundleDecoder(Chunk chunk, int maxInflatedBytes) {
    this.chunk = chunk;
    this.maxInflatedBytes = maxInflatedBytes;
  }

  /** The changes as raw type-1 chunks. */
  public List<byte[]> decode() throws AutomergeFormatException {
    MessageDigest sha256 = Chunk.sha256();
    chunk.requireChecksum(chunk.storedHash(sha256));
    ByteReader in = new ByteReader(chunk.array(), chunk.bodyStart(), chunk.bodyEnd());
    List<ChangeHash> external = readExternalDependencies(in);
    int actorCount = in.readCount(in.remaining(), "number of actors");
    for (int i = 0; i < actorCount; i++) {
      int length = in.readCount(in.remaining(), "actor id length");
      actors.add(ActorId.of(in.array(), in.skip(length, "an actor id"), length));
      if (i > 0 && actors.get(i).compareTo(actors.get(i - 1)) <= 0) {
        throw new AutomergeFormatException(
            Reason.BAD_ACTOR, "the actors of a bundle do not ascend");
      }
    }
    ColumnTable table = new ColumnTable();
    table.readMetadata(in, true);
    int left = table.locate(in, maxInflatedBytes);
    long maxRows = FREE_ROWS + 64L * (chunk.bodyEnd() - chunk.bodyStart());
    readHeaders(table, maxRows);
    table.readMetadata(in, true);
    left = table.locate(in, left);
    maxRows += 64L * (maxInflatedBytes - left);
    readOps(table, maxRows);
    return rebuild(external, rowsByChange(table), sha256);
  }

  private static List<ChangeHash> readExternalDependencies(ByteReader in)
      throws AutomergeFormatException {
    int count = in.readCount(in.remaining() / ChangeHash.SIZE, "number of external dependencies");
    List<ChangeHash> hashes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      hashes.add(ChangeHash.of(in.array(), in.skip(ChangeHash.SIZE, "an external dependency")));
    }
    return hashes;
  }

  private void readHeaders(ColumnTable table, long maxRows) throws AutomergeFormatException {
    UintRleDecoder actor = new UintRleDecoder("bundle actor");
    DeltaDecoder seq = new DeltaDecoder("bundle sequence number");
    DeltaDecoder startOp = new DeltaDecoder("bundle start counter");
    DeltaDecoder maxOp = new DeltaDecoder("bundle greatest counter");
    DeltaDecoder time = new DeltaDecoder("bundle time");
    StringRleDecoder message = new StringRleDecoder("bundle message");
    UintRleDecoder depsGroup = new UintRleDecoder("bundle dependency count");
    DeltaDecoder depsIndex = new DeltaDecoder("bundle dependency");
    UintRleDecoder extraLength = new UintRleDecoder("bundle extra length");
    ByteReader extra = new ByteReader(new byte[0]);
    table.open(ColumnSpec.CHANGE_ACTOR, actor);
    table.open(ColumnSpec.CHANGE_SEQ, seq);
    table.open(ColumnSpec.BUNDLE_START_OP, startOp);
    table.open(ColumnSpec.BUNDLE_MAX_OP, maxOp);
    table.open(ColumnSpec.BUNDLE_TIME, time);
    table.open(ColumnSpec.BUNDLE_MESSAGE, message);
    table.open(ColumnSpec.BUNDLE_DEPS_GROUP, depsGroup);
    table.open(ColumnSpec.BUNDLE_DEPS_INDEX, depsIndex);
    table.open(ColumnSpec.BUNDLE_EXTRA_GROUP, extraLength);
    table.open(ColumnSpec.BUNDLE_EXTRA, extra);
    long depTotal = 0;
    while (!actor.isAbsent() && !actor.isDone()) {
      if (headers.size() >= maxRows) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "more than " + maxRows + " changes in a bundle");
      }
      if (!(actor.next() & seq.next() & startOp.next() & maxOp.next())
          || actor.value() < 0
          || actor.value() >= actors.size()
          || startOp.value() < 1
          || maxOp.value() < startOp.value() - 1
          || maxOp.value() > MAX_COUNTER) {
        throw data("a change without a proper actor, sequence number or counters");
      }
      long stamp = time.next() ? time.value() : 0;
      String text = message.next();
      long depCount = depsGroup.next() ? depsGroup.value() : 0;
      depTotal += depCount;
      if (depCount < 0 || depTotal > maxRows) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "too many dependencies in a bundle");
      }
      long[] deps = new long[(int) depCount];
      for (int i = 0; i < deps.length; i++) {
        if (!depsIndex.next()) {
          throw data("a dependency without an index");
        }
        deps[i] = depsIndex.value();
      }
      long length = extraLength.next() ? extraLength.value() : 0;
      int start = extra.skip(length, "extra bytes of a bundle");
      headers.add(
          new Header(
              (int) actor.value(),
              seq.value(),
              startOp.value(),
              maxOp.value(),
              stamp,
              text == null ? "" : text,
              deps,
              Arrays.copyOfRange(extra.array(), start, start + (int) length)));
    }
  }

  private void readOps(ColumnTable table, long maxRows) throws AutomergeFormatException {
    UintRleDecoder objectActor = new UintRleDecoder("object actor");
    DeltaDecoder objectCounter = new DeltaDecoder("object counter");
    UintRleDecoder keyActor = new UintRleDecoder("key actor");
    DeltaDecoder keyCounter = new DeltaDecoder("key counter");
    StringRleDecoder keyString = new StringRleDecoder("key string");
    BooleanDecoder insert = new BooleanDecoder("insert");
    UintRleDecoder action = new UintRleDecoder("action");
    UintRleDecoder valueMeta = new UintRleDecoder("value metadata");
    ByteReader value = new ByteReader(new byte[0]);
    UintRleDecoder predGroup = new UintRleDecoder("predecessor count");
    UintRleDecoder predActor = new UintRleDecoder("predecessor actor");
    DeltaDecoder predCounter = new DeltaDecoder("predecessor counter");
    BooleanDecoder expand = new BooleanDecoder("expand");
    StringRleDecoder markName = new StringRleDecoder("mark name");
    table.open(ColumnSpec.OBJECT_ACTOR, objectActor);
    table.open(ColumnSpec.OBJECT_COUNTER_DELTA, objectCounter);
    table.open(ColumnSpec.KEY_ACTOR, keyActor);
    table.open(ColumnSpec.KEY_COUNTER, keyCounter);
    table.open(ColumnSpec.KEY_STRING, keyString);
    table.open(ColumnSpec.INSERT, insert);
    table.open(ColumnSpec.ACTION, action);
    table.open(ColumnSpec.VALUE_META, valueMeta);
    table.open(ColumnSpec.VALUE, value);
    table.open(ColumnSpec.PRED_GROUP, predGroup);
    table.open(ColumnSpec.PRED_ACTOR, predActor);
    table.open(ColumnSpec.PRED_COUNTER, predCounter);
    table.open(ColumnSpec.EXPAND, expand);
    table.open(ColumnSpec.MARK_NAME, markName);
    values = value.array();
    while (!action.isAbsent() && !action.isDone()) {
      if (buffer.size() >= maxRows || buffer.predTotal() >= maxRows) {
        throw new AutomergeFormatException(
            Reason.LIMIT_EXCEEDED, "more than " + maxRows + " operations in a bundle");
      }
      if (!(action.next() & valueMeta.next())
          || action.value() < 0
          || action.value() > Action.LAST) {
        throw data("an operation without a known action or value metadata");
      }
      long object =
          readId(
              objectActor.next(), objectActor.value(), objectCounter.next(), objectCounter.value());
      String text = keyString.next();
      boolean hasKeyActor = keyActor.next();
      boolean hasKeyCounter = keyCounter.next();
      long key =
          hasKeyActor
              ? readId(true, keyActor.value(), hasKeyCounter, keyCounter.value())
              : OpBuffer.NO_ID;
      long meta = valueMeta.value();
      if (meta < 0 || meta >>> 4 > value.remaining()) {
        throw data("a value longer than its column");
      }
      int offset = value.skip(meta >>> 4, "a value");
      buffer.append(
          object,
          key,
          text,
          (int) action.value(),
          insert.next(),
          expand.next(),
          (int) meta,
          offset,
          markName.next());
      long preds = predGroup.next() ? predGroup.value() : 0;
      if (preds < 0 || preds > maxRows) {
        throw data("a predecessor count of " + Long.toUnsignedString(preds));
      }
      for (long i = 0; i < preds; i++) {
        long id =
            readId(predActor.next(), predActor.value(), predCounter.next(), predCounter.value());
        if (id == OpBuffer.NO_ID) {
          throw data("a predecessor without an id");
        }
        buffer.appendPred(id);
      }
    }
  }

  private long readId(boolean hasActor, long actor, boolean hasCounter, long counter)
      throws AutomergeFormatException {
    if (hasActor != hasCounter) {
      throw data("half an operation id");
    }
    if (!hasActor) {
      return OpBuffer.NO_ID;
    }
    if (actor < 0 || actor >= actors.size() || counter < 1 || counter > MAX_COUNTER) {
      throw data("an operation id out of range");
    }
    return counter << 24 | actor;
  }

  /** For every change the rows of its operations in the order of their counters. */
  private int[][] rowsByChange(ColumnTable table) throws AutomergeFormatException {
    long total = 0;
    for (Header header : headers) {
      total += header.maxOp() + 1 - header.startOp();
    }
    if (total != buffer.size()) {
      throw data(buffer.size() + " operations where the changes of the bundle have " + total);
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < headers.size(); i++) {
      order.add(i);
    }
    order.sort((a, b) -> {
      int byActor = Integer.compare(headers.get(a).actor(), headers.get(b).actor());
      return byActor != 0
          ? byActor
          : Long.compare(headers.get(a).startOp(), headers.get(b).startOp());
    });
    int[][] rows = new int[headers.size()][];
    boolean[] isTaken = new boolean[buffer.size()];
    if (table.find(ColumnSpec.BUNDLE_OP_ROW) >= 0 || buffer.size() == 0) {
      DeltaDecoder row = new DeltaDecoder("operation row");
      table.open(ColumnSpec.BUNDLE_OP_ROW, row);
      for (int change : order) {
        rows[change] = new int[headers.get(change).opCount()];
        for (int i = 0; i < rows[change].length; i++) {
          rows[change][i] = take(row.next() ? row.value() : -1, isTaken);
        }
      }
      return rows;
    }
    for (int change : order) {
      rows[change] = new int[headers.get(change).opCount()];
    }
    placeByCounter(table, order, rows, isTaken);
    return rows;
  }

  /** Older bundles carry each operation's counter instead of its row. */
  private void placeByCounter(
      ColumnTable table, List<Integer> order, int[][] rows, boolean[] isTaken)
      throws AutomergeFormatException {
    UintRleDecoder actor = new UintRleDecoder("id actor");
    DeltaDecoder counter = new DeltaDecoder("id counter");
    table.open(ColumnSpec.ID_ACTOR, actor);
    table.open(ColumnSpec.ID_COUNTER, counter);
    for (int row = 0; row < buffer.size(); row++) {
      if (!(actor.next() & counter.next())) {
        throw data("an operation of a bundle without an id");
      }
      int change = -1;
      for (int low = 0, high = order.size() - 1; low <= high; ) {
        int middle = low + high >>> 1;
        Header header = headers.get(order.get(middle));
        if (header.actor() < actor.value()
            || (header.actor() == actor.value() && header.maxOp() < counter.value())) {
          low = middle + 1;
        } else {
          change = order.get(middle);
          high = middle - 1;
        }
      }
      if (change < 0
          || headers.get(change).actor() != actor.value()
          || counter.value() < headers.get(change).startOp()
          || counter.value() > headers.get(change).maxOp()) {
        throw data("an operation that belongs to no change of its bundle");
      }
      rows[change][(int) (counter.value() - headers.get(change).startOp())] = take(row, isTaken);
    }
  }

  private static int take(long row, boolean[] isTaken) throws AutomergeFormatException {
    if (row < 0 || row >= isTaken.length || isTaken[(int) row]) {
      throw data("operation row " + row + " is taken or does not exist");
    }
    isTaken[(int) row] = true;
    return (int) row;
  }

  // Writing the changes out.

  private List<byte[]> rebuild(List<ChangeHash> external, int[][] rows, MessageDigest sha256)
      throws AutomergeFormatException {
    List<byte[]> changes = new ArrayList<>(headers.size());
    List<ChangeHash> hashes = new ArrayList<>(headers.size());
    ChangeColumns columns = new ChangeColumns();
    ByteWriter body = new ByteWriter(256);
    ByteWriter out = new ByteWriter(256);
    byte[] hash = new byte[ChangeHash.SIZE];
    int[] local = new int[actors.size()];
    for (int change = 0; change < headers.size(); change++) {
      Header header = headers.get(change);
      body.clear();
      body.writeUleb(header.deps().length);
      for (long dependency : header.deps()) {
        body.write(dependency(dependency, hashes, external).toBytes());
      }
      body.writeLengthPrefixed(actors.get(header.actor()).toBytes());
      body.writeUleb(header.seq());
      body.writeUleb(header.startOp());
      body.writeSleb(header.time());
      body.writeString(header.message());
      writeOtherActors(header.actor(), rows[change], local, body);
      columns.reset();
      for (int row : rows[change]) {
        writeOp(row, local, columns);
      }
      columns.writeTo(body);
      body.write(header.extra());
      out.clear();
      Chunk.frame(Chunk.CHANGE, body, sha256, hash, out);
      hashes.add(ChangeHash.of(hash));
      changes.add(out.toBytes());
    }
    return changes;
  }

  private ChangeHash dependency(long index, List<ChangeHash> hashes, List<ChangeHash> external)
      throws AutomergeFormatException {
    if (index >= 0 && index < hashes.size()) {
      return hashes.get((int) index);
    }
    long outside = index - headers.size();
    if (outside < 0 || outside >= external.size()) {
      throw new AutomergeFormatException(
          Reason.BAD_DEPENDENCY, "dependency " + index + " of a bundle");
    }
    return external.get((int) outside);
  }

  private void writeOtherActors(int author, int[] rows, int[] local, ByteWriter body) {
    Arrays.fill(local, -1);
    for (int row : rows) {
      note(buffer.object(row), local);
      note(buffer.keyId(row), local);
      for (int p = buffer.predStart(row); p < buffer.predEnd(row); p++) {
        note(buffer.pred(p), local);
      }
    }
    local[author] = 0;
    int count = 0;
    for (int actor = 0; actor < local.length; actor++) {
      if (actor != author && local[actor] == 0) {
        local[actor] = ++count;
      }
    }
    body.writeUleb(count);
    for (int actor = 0; actor < local.length; actor++) {
      if (local[actor] > 0) {
        body.writeLengthPrefixed(actors.get(actor).toBytes());
      }
    }
  }

  private static void note(long id, int[] local) {
    if (id != OpBuffer.NO_ID) {
      local[actorOf(id)] = 0;
    }
  }

  private void writeOp(int row, int[] local, ChangeColumns columns) {
    long object = buffer.object(row);
    if (object == OpBuffer.NO_ID) {
      columns.rootObject();
    } else {
      columns.object(local[actorOf(object)], object >>> 24);
    }
    long key = buffer.keyId(row);
    String text = buffer.keyText(row);
    if (text != null) {
      columns.stringKey(text.getBytes(StandardCharsets.UTF_8));
    } else if (key == OpBuffer.NO_ID) {
      columns.headKey();
    } else {
      columns.elementKey(local[actorOf(key)], key >>> 24);
    }
    @Nullable String mark = buffer.markName(row);
    int meta = buffer.valueMeta(row);
    columns.operation(
        buffer.action(row),
        buffer.isInsert(row),
        meta,
        buffer.isExpand(row),
        mark == null ? null : mark.getBytes(StandardCharsets.UTF_8),
        buffer.predEnd(row) - buffer.predStart(row));
    columns.value().write(values, buffer.valueOffset(row), meta >>> 4);
    for (int p = buffer.predStart(row); p < buffer.predEnd(row); p++) {
      columns.pred(local[actorOf(buffer.pred(p))], buffer.pred(p) >>> 24);
    }
  }

  private static int actorOf(long id) {
    return (int) id & 0xFF_FFFF;
  }

  private static AutomergeFormatException data(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_DATA, what);
  }
}
