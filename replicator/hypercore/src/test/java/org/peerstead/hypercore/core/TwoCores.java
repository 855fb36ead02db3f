package org.peerstead.hypercore.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.InMemoryCoreStore;
import org.peerstead.securestream.encoding.Slice;

/** A writer, a reader, and proofs carried from one to the other without a protocol between. */
final class TwoCores {
  final CoreStore writerStore = new InMemoryCoreStore();
  final CoreStore readerStore = new InMemoryCoreStore();
  Core writer;
  Core reader;

  TwoCores() {
    writer = new Corestore(writerStore, new byte[32]).open(alias());
    reader = new Corestore(readerStore, new byte[32]).open(writer.key());
  }

  /** Opens both again from what is stored. */
  void reopen() {
    writer = new Corestore(writerStore, new byte[32]).open(alias());
    reader = new Corestore(readerStore, new byte[32]).open(writer.key());
  }

  private static CoreAlias alias() {
    return new CoreAlias(Corestore.ROOT_NAMESPACE, "log");
  }

  /** Adds blocks of random size and makes them visible. */
  List<Slice> append(RandomGenerator random, int count) throws NotWritableException {
    List<Slice> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] block = new byte[random.nextInt(60)];
      new Random(random.nextLong()).nextBytes(block);
      blocks.add(Slice.of(block));
    }
    writer.publish(writer.append(blocks));
    return blocks;
  }

  /**
   * Brings the reader's head to the writer's, by an upgrade or by following the fork. A core
   * without blocks has nothing to prove, so an empty fork is followed when it has grown.
   */
  void upgrade() throws ProofException, HeadException {
    if (writer.length() == 0) {
      return;
    }
    if (reader.fork() < writer.fork()) {
      Reorg reorg =
          reader.beginReorg(
              writer.prove(upgradeRequest(writer.fork(), 0, writer.length())), writer.manifest());
      for (ProofRequest next = reorg.nextRequest(); next != null; next = reorg.nextRequest()) {
        reorg.accept(writer.prove(next));
      }
      reader.reorg(reorg);
    } else if (reader.length() < writer.length()) {
      reader.apply(
          writer.prove(
              upgradeRequest(writer.fork(), reader.length(), writer.length() - reader.length())),
          writer.manifest());
    }
  }

  static ProofRequest upgradeRequest(long fork, long start, long length) {
    return new ProofRequest(fork, null, null, null, new ProofRequest.Upgrade(start, length));
  }

  /** Brings one block below the reader's length. */
  Applied fetch(long index) throws ProofException, HeadException {
    return reader.apply(proofOf(index), null);
  }

  Proof proofOf(long index) throws ProofException {
    return writer.prove(
        new ProofRequest(
            reader.fork(),
            new ProofRequest.Block(index, levelsUnknown(2 * index)),
            null,
            null,
            null));
  }

  private long levelsUnknown(long leaf) {
    long levels = 0;
    for (long node = leaf; reader.nodes().node(node) == null; node = FlatTree.parent(node)) {
      levels++;
    }
    return levels;
  }
}
