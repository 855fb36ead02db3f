package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.peerstead.crdt.AutomergeFormatException.Reason;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.Chunk;

/** Few bytes that stand for very many operations. */
class DecompressionBombTest {
  private static final ActorId READER = ActorId.fromHex("ee".repeat(16));
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Sets one key to null again and again; the number of operations hardly shows in the size. */
  private static byte[] body(int actor, long operations, char name) {
    ByteWriter key = new ByteWriter();
    key.writeSleb(operations);
    key.writeUleb(1);
    key.writeByte(name);
    ByteWriter insert = new ByteWriter();
    insert.writeUleb(operations);
    List<ByteWriter> columns =
        List.of(key, insert, run(operations, 1), run(operations, 0), run(operations, 0));
    int[] specs = {0x15, 0x34, 0x42, 0x56, 0x70};
    ByteWriter body = new ByteWriter();
    body.writeUleb(0);
    body.writeUleb(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      body.writeByte(actor >>> shift);
    }
    body.writeUleb(1);
    body.writeUleb(1);
    body.writeUleb(0);
    body.writeUleb(0);
    body.writeUleb(0);
    body.writeUleb(columns.size());
    for (int i = 0; i < specs.length; i++) {
      body.writeUleb(specs[i]);
      body.writeUleb(columns.get(i).size());
    }
    columns.forEach(body::write);
    return body.toBytes();
  }

  private static ByteWriter run(long count, int value) {
    ByteWriter out = new ByteWriter();
    out.writeSleb(count);
    out.writeUleb(value);
    return out;
  }

  private static byte[] change(int actor, long operations) {
    return change(actor, operations, (char) ('a' + actor % 26));
  }

  private static byte[] change(int actor, long operations, char name) {
    ByteWriter body = new ByteWriter();
    body.write(body(actor, operations, name));
    return Chunk.frame(Chunk.CHANGE, body, Chunk.sha256());
  }

  private static byte[] changes(int count, long operations) {
    ByteWriter out = new ByteWriter();
    for (int i = 1; i <= count; i++) {
      out.write(change(i, operations));
    }
    return out.toBytes();
  }

  private interface Attempt {
    void run() throws AutomergeFormatException;
  }

  /** The reason of the refusal, which may cost at most so many bytes. */
  private static Reason refusal(long maxBytes, Attempt attempt) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    AutomergeFormatException failure =
        catchThrowableOfType(AutomergeFormatException.class, attempt::run);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(maxBytes);
    assertThat(failure).isNotNull();
    return failure.reason();
  }

  @Test
  void loadIncremental_shouldRefuseAChangeOfTooManyOperations() {
    Document document = Document.create(READER);
    assertThat(refusal(512 << 20, () -> document.loadIncremental(change(1, 4_000_000_000L))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(document.opCount()).isZero();
  }

  @Test
  void loadIncremental_shouldRefuseManyChangesThatAreEachSmallEnough() {
    Document document = Document.create(READER);
    assertThat(refusal(512 << 20, () -> document.loadIncremental(changes(100, 900_000))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(document.opCount()).isZero();
  }

  @Test
  void loadIncremental_shouldRefuseToGrowADocumentBeyondItsBound() throws AutomergeFormatException {
    Document document = Document.create(READER, DocumentOptions.DEFAULT.withMaxOperations(50_000));
    document.loadIncremental(change(1, 30_000));
    assertThat(refusal(64 << 20, () -> document.applyChanges(List.of(change(2, 30_000)))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    document.applyChanges(List.of(change(3, 20_000)));
    assertThat(document.opCount()).isEqualTo(50_000);
    byte[] saved = document.save();
    assertThat(
            refusal(
                64 << 20,
                () ->
                    Document.load(
                        saved, READER, DocumentOptions.DEFAULT.withMaxOperations(49_999))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  @Timeout(60)
  void loadIncremental_shouldRefuseAChangeThatTakesTooLongToPlace()
      throws AutomergeFormatException {
    Document document = Document.create(READER);
    document.loadIncremental(change(2, 200_000, 'x'));
    byte[] before = document.saveUncompressed();
    // Every one of its operations belongs in the middle of 200,000 concurrent ones.
    assertThat(refusal(512 << 20, () -> document.loadIncremental(change(1, 200_000, 'x'))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(document.saveUncompressed()).isEqualTo(before);
  }

  @Test
  void load_shouldReadWhatWasLetIn() throws AutomergeFormatException {
    Document document = Document.create(READER);
    for (int i = 1; i <= 3; i++) {
      document.loadIncremental(change(i, 500_000));
    }
    byte[] saved = document.save();
    assertThat(saved.length).isLessThan(500);
    assertThat(Document.load(saved, READER).heads()).isEqualTo(document.heads());
    Document other = Document.create(READER);
    assertThat(refusal(512 << 20, () -> other.loadIncremental(concatenated(saved, 60))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  private static byte[] concatenated(byte[] chunk, int times) {
    ByteWriter out = new ByteWriter();
    for (int i = 0; i < times; i++) {
      out.write(chunk);
    }
    return out.toBytes();
  }

  @Test
  void loadIncremental_shouldRefuseStreamsThatInflateTooFar() {
    byte[] zeros = new byte[64 << 20];
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(zeros);
    deflater.finish();
    byte[] deflated = new byte[1 << 20];
    ByteWriter body = new ByteWriter();
    body.write(deflated, 0, deflater.deflate(deflated));
    deflater.end();
    byte[] bomb = Chunk.frame(Chunk.COMPRESSED_CHANGE, body, Chunk.sha256());
    Document document =
        Document.create(READER, DocumentOptions.DEFAULT.withMaxInflatedBytes(1 << 20));
    assertThat(refusal(32 << 20, () -> document.loadIncremental(bomb)))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
  }

  @Test
  void loadIncremental_shouldForgetOrphansBeyondTheBound() throws AutomergeFormatException {
    Document author = Document.create(ActorId.fromHex("aa"));
    for (int i = 0; i < 50; i++) {
      int value = i;
      author.change(edit -> edit.put(ObjectId.ROOT, "k", new ScalarValue.Int(value)));
    }
    List<byte[]> changes = author.changesSince(List.of());
    Document document = Document.create(READER, DocumentOptions.DEFAULT.withMaxQueued(10, 1 << 20));
    document.applyChanges(changes.subList(2, 8));
    assertThat(refusal(64 << 20, () -> document.applyChanges(changes.subList(20, 30))))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(document.queuedCount()).isEqualTo(6);
    document.applyChanges(changes.subList(0, 2));
    assertThat(document.changeCount()).isEqualTo(8);
    document.applyChanges(changes.subList(8, 50));
    assertThat(document.heads()).isEqualTo(author.heads());
  }

  @Test
  void putObject_shouldRefuseToNestTooDeep() throws AutomergeFormatException {
    Document author = Document.create(ActorId.fromHex("aa"));
    ObjectId[] deepest = {ObjectId.ROOT};
    author.change(edit -> {
      for (int depth = 0; depth < 1000; depth++) {
        deepest[0] = edit.putObject(deepest[0], "a", ObjectType.MAP);
      }
    });
    assertThat(Document.load(author.save(), READER).now().toJson()).hasSizeGreaterThan(5_000);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> author.change(edit -> edit.putObject(deepest[0], "a", ObjectType.LIST)));
  }
}
