package org.peerstead.crdt.wire;

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
 * Reads change chunks (types 1 and 2) into an {@link OpBuffer}. Accepts a change only if encoding
 * it again would give the same bytes; columns that are unknown but well-formed are the exception,
 * see {@link ParsedChange#isVerbatim()}. Reusable; not thread-safe.
 *
 * <p>Body: dependencies, author, seq, startOp, time, message, other actors, columns, extra bytes.
 */
public final class ChangeDecoder {
  private static final long MAX_COUNTER = 0xFFFF_FFFEL;
  private static final long ABSENT = Long.MIN_VALUE;

  private final MessageDigest sha256 = Chunk.sha256();
  private final byte[] digest = new byte[32];
  private final ByteWriter frame = new ByteWriter();
  private final ByteReader in = new ByteReader(new byte[0]);
  private final ColumnTable table = new ColumnTable();
  private final UintRleDecoder objectActor = new UintRleDecoder("object actor");
  private final UintRleDecoder objectCounter = new UintRleDecoder("object counter");
  private final UintRleDecoder keyActor = new UintRleDecoder("key actor");
  private final DeltaDecoder keyCounter = new DeltaDecoder("key counter");
  private final StringRleDecoder keyString = new StringRleDecoder("key string");
  private final BooleanDecoder insert = new BooleanDecoder("insert");
  private final UintRleDecoder action = new UintRleDecoder("action");
  private final UintRleDecoder valueMeta = new UintRleDecoder("value metadata");
  private final ByteReader value = new ByteReader(new byte[0]);
  private final UintRleDecoder predGroup = new UintRleDecoder("predecessor count");
  private final UintRleDecoder predActor = new UintRleDecoder("predecessor actor");
  private final DeltaDecoder predCounter = new DeltaDecoder("predecessor counter");
  private final BooleanDecoder expand = new BooleanDecoder("expand");
  private final StringRleDecoder markName = new StringRleDecoder("mark name");
  private final int maxInflatedBytes;
  private boolean[] usedActors = new boolean[4];

  /**
   * @param maxInflatedBytes largest body of a compressed change
   */
  public ChangeDecoder(int maxInflatedBytes) {
    this.maxInflatedBytes = maxInflatedBytes;
  }

  /**
   * Reads one change.
   *
   * @param allowance bounds the operations; those of the change are taken from it
   */
  public ParsedChange decode(Chunk chunk, OpBuffer buffer, OpAllowance allowance)
      throws AutomergeFormatException {
    int firstOp = buffer.size();
    try {
      return switch (chunk.type()) {
        case Chunk.CHANGE -> decodePlain(chunk, buffer, allowance);
        case Chunk.COMPRESSED_CHANGE -> decodeCompressed(chunk, buffer, allowance);
        default ->
            throw new AutomergeFormatException(
                Reason.WRONG_CHUNK_TYPE, "chunk type " + chunk.type() + " is no change");
      };
    } catch (AutomergeFormatException e) {
      buffer.truncate(firstOp);
      throw e;
    }
  }

  private ParsedChange decodePlain(Chunk chunk, OpBuffer buffer, OpAllowance allowance)
      throws AutomergeFormatException {
    sha256.update(chunk.array(), chunk.start() + 8, chunk.bodyEnd() - chunk.start() - 8);
    Chunk.digestInto(sha256, digest);
    chunk.requireChecksum(digest);
    return decodeBody(
        ChangeHash.of(digest),
        chunk.array(),
        chunk.bodyStart(),
        chunk.bodyEnd(),
        buffer,
        allowance);
  }

  private ParsedChange decodeCompressed(Chunk chunk, OpBuffer buffer, OpAllowance allowance)
      throws AutomergeFormatException {
    byte[] body =
        RawDeflate.inflate(
            chunk.array(),
            chunk.bodyStart(),
            chunk.bodyEnd() - chunk.bodyStart(),
            maxInflatedBytes);
    allowance.inflated(body.length - (long) (chunk.bodyEnd() - chunk.bodyStart()));
    frame.clear();
    frame.writeByte(Chunk.CHANGE);
    frame.writeUleb(body.length);
    sha256.update(frame.array(), 0, frame.size());
    sha256.update(body);
    Chunk.digestInto(sha256, digest);
    chunk.requireChecksum(digest);
    return decodeBody(ChangeHash.of(digest), body, 0, body.length, buffer, allowance);
  }

  private ParsedChange decodeBody(
      ChangeHash hash,
      byte[] body,
      int bodyStart,
      int bodyEnd,
      OpBuffer buffer,
      OpAllowance allowance)
      throws AutomergeFormatException {
    in.reset(body, bodyStart, bodyEnd);
    List<ChangeHash> deps = readHashes(in, "dependencies");
    ActorId author = readActor();
    long seq = in.readUleb();
    if (seq <= 0 || seq > MAX_COUNTER) {
      throw new AutomergeFormatException(
          Reason.BAD_SEQUENCE_NUMBER, "sequence number " + Long.toUnsignedString(seq));
    }
    long startOp = in.readUleb();
    if (startOp <= 0 || startOp > MAX_COUNTER) {
      throw new AutomergeFormatException(
          Reason.BAD_COUNTER, "start counter " + Long.toUnsignedString(startOp));
    }
    long time = in.readSleb();
    String message = in.isAtEnd() ? "" : in.readString("the message");
    int otherCount = in.readCount(in.remaining(), "number of other actors");
    ActorId[] actors = new ActorId[otherCount + 1];
    actors[0] = author;
    for (int i = 1; i <= otherCount; i++) {
      actors[i] = readActor();
      if ((i > 1 && actors[i].compareTo(actors[i - 1]) <= 0) || actors[i].equals(author)) {
        throw new AutomergeFormatException(
            Reason.BAD_ACTOR, "the other actors do not ascend or name the author");
      }
    }
    table.readMetadata(in, false);
    table.locate(in, 0);
    boolean hasUnknown = checkLayout();
    int extraStart = in.position();
    byte @Nullable [] extra =
        extraStart < bodyEnd ? Arrays.copyOfRange(body, extraStart, bodyEnd) : null;
    int firstOp = buffer.size();
    if (usedActors.length < actors.length) {
      usedActors = new boolean[actors.length * 2];
    }
    Arrays.fill(usedActors, 0, actors.length, false);
    if (table.count() > 0) {
      if (allowance.left() < 1 || !decodeSingle(buffer, actors.length)) {
        decodeOps(buffer, actors.length, allowance);
      }
    }
    for (int i = 1; i < actors.length; i++) {
      if (!usedActors[i]) {
        throw new AutomergeFormatException(
            Reason.BAD_ACTOR, "actor " + actors[i] + " is listed but not used");
      }
    }
    int opCount = buffer.size() - firstOp;
    allowance.take(opCount);
    if (startOp + opCount - 1 > MAX_COUNTER) {
      throw new AutomergeFormatException(Reason.BAD_COUNTER, "operation counters above 2^32-2");
    }
    return new ParsedChange(
        hash,
        deps,
        actors,
        seq,
        startOp,
        time,
        message,
        extra,
        body,
        bodyStart,
        bodyEnd,
        firstOp,
        opCount,
        hasUnknown);
  }

  /** Reads a count and as many ascending hashes. */
  static List<ChangeHash> readHashes(ByteReader in, String what) throws AutomergeFormatException {
    int count = in.readCount(in.remaining() / ChangeHash.SIZE, "number of " + what);
    if (count == 1) {
      return List.of(ChangeHash.of(in.array(), in.skip(ChangeHash.SIZE, what)));
    }
    List<ChangeHash> hashes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ChangeHash hash = ChangeHash.of(in.array(), in.skip(ChangeHash.SIZE, what));
      if (i > 0 && hash.compareTo(hashes.get(i - 1)) <= 0) {
        throw new AutomergeFormatException(Reason.BAD_DEPENDENCY, what + " do not ascend");
      }
      hashes.add(hash);
    }
    return hashes;
  }

  private ActorId readActor() throws AutomergeFormatException {
    int length = in.readCount(in.remaining(), "actor id length");
    return ActorId.of(in.array(), in.skip(length, "an actor id"), length);
  }

  /**
   * Refuses columns the writer would not have written; true when there are columns of other
   * writers.
   */
  private boolean checkLayout() throws AutomergeFormatException {
    boolean hasUnknown = false;
    for (int i = 0; i < table.count(); i++) {
      switch (table.spec(i)) {
        case ColumnSpec.OBJECT_ACTOR,
            ColumnSpec.OBJECT_COUNTER,
            ColumnSpec.KEY_ACTOR,
            ColumnSpec.KEY_COUNTER,
            ColumnSpec.KEY_STRING,
            ColumnSpec.INSERT,
            ColumnSpec.ACTION,
            ColumnSpec.VALUE_META,
            ColumnSpec.VALUE,
            ColumnSpec.PRED_GROUP,
            ColumnSpec.PRED_ACTOR,
            ColumnSpec.PRED_COUNTER,
            ColumnSpec.EXPAND,
            ColumnSpec.MARK_NAME -> {
          if (table.length(i) == 0) {
            throw new AutomergeFormatException(
                Reason.BAD_COLUMN_LAYOUT, "column " + table.spec(i) + " is empty");
          }
        }
        default -> hasUnknown = true;
      }
    }
    if (table.count() > 0) {
      for (int spec : REQUIRED) {
        if (table.find(spec) < 0) {
          throw new AutomergeFormatException(
              Reason.BAD_COLUMN_LAYOUT, "column " + spec + " is missing");
        }
      }
    }
    return hasUnknown;
  }

  private static final int[] REQUIRED = {
    ColumnSpec.INSERT, ColumnSpec.ACTION, ColumnSpec.VALUE_META, ColumnSpec.PRED_GROUP
  };

  /**
   * Reads a change of one operation with at most one predecessor: what a person types. Each of its
   * columns holds one literal value. False, with nothing appended, for every other change and for
   * every doubt, which {@link #decodeOps} then settles.
   */
  private boolean decodeSingle(OpBuffer buffer, int actorCount) {
    int actions = table.find(ColumnSpec.ACTION);
    boolean isSingle =
        table.length(actions) == 2
            && table.array(actions)[table.start(actions)] == SingleOpColumns.ONE_LITERAL;
    try {
      return isSingle && tryDecodeSingle(buffer, actorCount);
    } catch (AutomergeFormatException e) {
      return false;
    }
  }

  private boolean tryDecodeSingle(OpBuffer buffer, int actorCount) throws AutomergeFormatException {
    long objectActorIndex = ABSENT;
    long objectCount = ABSENT;
    long keyActorIndex = ABSENT;
    long keyCount = ABSENT;
    String text = null;
    boolean isInsert = false;
    long code = ABSENT;
    long meta = ABSENT;
    int valueOffset = 0;
    int valueLength = 0;
    long preds = ABSENT;
    long predActorIndex = ABSENT;
    long predCount = ABSENT;
    for (int i = 0; i < table.count(); i++) {
      value.reset(table.array(i), table.start(i), table.start(i) + table.length(i));
      switch (table.spec(i)) {
        case ColumnSpec.OBJECT_ACTOR -> objectActorIndex = oneNumber();
        case ColumnSpec.OBJECT_COUNTER -> objectCount = oneNumber();
        case ColumnSpec.KEY_ACTOR -> keyActorIndex = oneNumber();
        case ColumnSpec.KEY_COUNTER -> keyCount = oneDelta();
        case ColumnSpec.KEY_STRING -> {
          requireOneLiteral();
          text = value.readString("a key");
          requireEnd();
        }
        case ColumnSpec.INSERT -> {
          int run = value.readByte();
          isInsert = run == 0;
          if ((isInsert ? value.readByte() : run) != 1) {
            return false;
          }
          requireEnd();
        }
        case ColumnSpec.ACTION -> code = oneNumber();
        case ColumnSpec.VALUE_META -> meta = oneNumber();
        case ColumnSpec.VALUE -> {
          valueOffset = table.start(i);
          valueLength = table.length(i);
        }
        case ColumnSpec.PRED_GROUP -> {
          preds = oneNumber();
          if (preds > 1) {
            return false;
          }
        }
        case ColumnSpec.PRED_ACTOR -> predActorIndex = oneNumber();
        case ColumnSpec.PRED_COUNTER -> predCount = oneDelta();
        default -> {
          return false;
        }
      }
    }
    boolean isPlain =
        code >= 0
            && code <= Action.LAST
            && code != Action.MARK
            && meta >>> 4 == valueLength
            && preds == (predCount == ABSENT ? 0 : 1)
            && (text == null
                ? keyCount != ABSENT && (keyActorIndex != ABSENT || keyCount == 0)
                : keyActorIndex == ABSENT && keyCount == ABSENT);
    if (!isPlain) {
      return false;
    }
    ValueMeta.check((int) meta & 15, in.array(), valueOffset, valueLength);
    checkOperation((int) code, (int) meta, isInsert, false, null);
    long object = idOf(objectActorIndex, objectCount, actorCount);
    long key = keyActorIndex == ABSENT ? OpBuffer.NO_ID : idOf(keyActorIndex, keyCount, actorCount);
    long pred = idOf(predActorIndex, predCount, actorCount);
    buffer.append(object, key, text, (int) code, isInsert, false, (int) meta, valueOffset, null);
    if (pred != OpBuffer.NO_ID) {
      buffer.appendPred(pred);
    }
    return true;
  }

  private long idOf(long actor, long counter, int actorCount) throws AutomergeFormatException {
    return readId(actor != ABSENT, actor, counter != ABSENT, counter, actorCount);
  }

  private long oneNumber() throws AutomergeFormatException {
    requireOneLiteral();
    long number = value.readUleb();
    requireEnd();
    return number;
  }

  private long oneDelta() throws AutomergeFormatException {
    requireOneLiteral();
    long number = value.readSleb();
    requireEnd();
    return number;
  }

  private void requireOneLiteral() throws AutomergeFormatException {
    if (value.readByte() != SingleOpColumns.ONE_LITERAL) {
      throw data("no single value");
    }
  }

  private void requireEnd() throws AutomergeFormatException {
    if (!value.isAtEnd()) {
      throw data("no single value");
    }
  }

  private void decodeOps(OpBuffer buffer, int actorCount, OpAllowance allowance)
      throws AutomergeFormatException {
    table.open(ColumnSpec.OBJECT_ACTOR, objectActor);
    table.open(ColumnSpec.OBJECT_COUNTER, objectCounter);
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
    long limit = allowance.left();
    long extra = 0;
    int startPreds = buffer.predTotal();
    int firstOp = buffer.size();
    boolean anyObject = false;
    boolean anyKeyActor = false;
    boolean anyKeyCounter = false;
    boolean anyKeyString = false;
    boolean anyExpand = false;
    boolean anyMarkName = false;
    while (!action.isDone()) {
      if (buffer.size() - firstOp + extra >= limit || buffer.predTotal() - startPreds >= limit) {
        throw allowance.exceeded();
      }
      if (!action.next()) {
        throw data("an operation without an action");
      }
      long code = action.value();
      if (code < 0 || code > Action.LAST) {
        throw new AutomergeFormatException(
            Reason.BAD_OPERATION, "unknown action " + Long.toUnsignedString(code));
      }
      extra += Action.isMake((int) code) ? OpAllowance.EXTRA_OF_OBJECT : 0;
      long object =
          readId(
              objectActor.next(),
              objectActor.value(),
              objectCounter.next(),
              objectCounter.value(),
              actorCount);
      anyObject |= object != OpBuffer.NO_ID;
      boolean isInsert = insert.next();
      String text = keyString.next();
      boolean hasKeyActor = keyActor.next();
      boolean hasKeyCounter = keyCounter.next();
      long key = OpBuffer.NO_ID;
      if (text == null) {
        if (!hasKeyCounter) {
          throw data("an operation without a key");
        }
        anyKeyCounter = true;
        if (hasKeyActor) {
          key = readId(true, keyActor.value(), true, keyCounter.value(), actorCount);
          anyKeyActor = true;
        } else if (keyCounter.value() != 0) {
          throw data("an element key without an actor");
        }
      } else if (hasKeyActor || hasKeyCounter) {
        throw data("a key that is both a string and an element");
      } else {
        anyKeyString = true;
      }
      int meta = readValueMeta();
      int valueLength = meta >>> 4;
      int valueOffset = value.skip(valueLength, "a value");
      ValueMeta.check(meta & 15, value.array(), valueOffset, valueLength);
      boolean isExpand = expand.next();
      anyExpand |= isExpand;
      String mark = markName.next();
      anyMarkName |= mark != null;
      checkOperation((int) code, meta, isInsert, isExpand, mark);
      buffer.append(object, key, text, (int) code, isInsert, isExpand, meta, valueOffset, mark);
      if (!predGroup.next()) {
        throw data("an operation without a predecessor count");
      }
      long preds = predGroup.value();
      if (preds < 0 || preds > limit) {
        throw data("a predecessor count of " + Long.toUnsignedString(preds));
      }
      for (long p = 0; p < preds; p++) {
        long id =
            readId(
                predActor.next(),
                predActor.value(),
                predCounter.next(),
                predCounter.value(),
                actorCount);
        if (id == OpBuffer.NO_ID) {
          throw data("a predecessor without an id");
        }
        buffer.appendPred(id);
      }
    }
    requireDone("object actor", objectActor.isDone(), objectActor.isAbsent(), anyObject);
    requireDone("object counter", objectCounter.isDone(), objectCounter.isAbsent(), anyObject);
    requireDone("key actor", keyActor.isDone(), keyActor.isAbsent(), anyKeyActor);
    requireDone("key counter", keyCounter.isDone(), keyCounter.isAbsent(), anyKeyCounter);
    requireDone("key string", keyString.isDone(), keyString.isAbsent(), anyKeyString);
    requireDone("insert", insert.isDone(), false, true);
    requireDone("value metadata", valueMeta.isDone(), false, true);
    requireDone("value", value.isAtEnd(), false, true);
    requireDone("predecessor count", predGroup.isDone(), false, true);
    boolean anyPreds = buffer.predTotal() > startPreds;
    requireDone("predecessor actor", predActor.isDone(), predActor.isAbsent(), anyPreds);
    requireDone("predecessor counter", predCounter.isDone(), predCounter.isAbsent(), anyPreds);
    requireDone("expand", expand.isDone(), expand.isAbsent(), anyExpand);
    requireDone("mark name", markName.isDone(), markName.isAbsent(), anyMarkName);
    allowance.take(extra);
  }

  private int readValueMeta() throws AutomergeFormatException {
    if (!valueMeta.next()) {
      throw data("an operation without value metadata");
    }
    long meta = valueMeta.value();
    if (meta < 0 || meta >>> 4 > value.remaining()) {
      throw data("a value longer than its column");
    }
    return (int) meta;
  }

  private static void checkOperation(
      int code, int meta, boolean isInsert, boolean isExpand, @Nullable String mark)
      throws AutomergeFormatException {
    if (code == Action.INCREMENT && (meta & 15) != ValueMeta.INT && (meta & 15) != ValueMeta.UINT) {
      throw new AutomergeFormatException(
          Reason.BAD_OPERATION, "an increment by something that is no integer");
    }
    if (code == Action.DELETE && (meta != ValueMeta.NULL || isInsert)) {
      throw new AutomergeFormatException(
          Reason.BAD_OPERATION, "a delete with a value or as an insert");
    }
    if (code != Action.MARK && (isExpand || mark != null)) {
      throw new AutomergeFormatException(
          Reason.BAD_OPERATION, "mark fields on an operation that is no mark");
    }
  }

  private long readId(
      boolean hasActor, long actor, boolean hasCounter, long counter, int actorCount)
      throws AutomergeFormatException {
    if (hasActor != hasCounter) {
      throw data("half an operation id");
    }
    if (!hasActor) {
      return OpBuffer.NO_ID;
    }
    if (actor < 0 || actor >= actorCount) {
      throw new AutomergeFormatException(
          Reason.BAD_ACTOR, "actor index " + Long.toUnsignedString(actor) + " of " + actorCount);
    }
    if (counter <= 0 || counter > MAX_COUNTER) {
      throw new AutomergeFormatException(Reason.BAD_COUNTER, "operation counter " + counter);
    }
    usedActors[(int) actor] = true;
    return counter << 24 | actor;
  }

  private static void requireDone(String column, boolean isDone, boolean isAbsent, boolean isNeeded)
      throws AutomergeFormatException {
    if (!isDone) {
      throw data("column " + column + " has too many rows");
    }
    if (!isAbsent && !isNeeded) {
      throw data("column " + column + " says nothing and should be absent");
    }
  }

  private static AutomergeFormatException data(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_DATA, what);
  }
}
