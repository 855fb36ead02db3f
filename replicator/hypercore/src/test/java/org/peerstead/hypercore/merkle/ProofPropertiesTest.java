package org.peerstead.hypercore.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.merkle.ProofException.Reason;
import org.peerstead.simulation.SeededCases;

/** Two peers of one core, one with everything and one with little, compared with the naive tree. */
class ProofPropertiesTest {
  private static final int CASES = 400;

  @Test
  void exchange_shouldBringEverythingWhateverIsAskedInWhateverOrder() {
    SeededCases.of("proofs exchanged", 1, CASES)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(100), 0);
          SparsePeer peer = new SparsePeer(tree);
          long fork = random.nextInt(3);
          for (int step = 0; step < 30; step++) {
            long sourceLength = random.nextLong(Math.max(1, peer.head.length()), tree.length() + 1);
            ProofRequest request = request(random, peer, fork, sourceLength);
            peer.apply(prove(tree, request, sourceLength));
            if (request.upgrade() != null) {
              assertThat(peer.head.length()).isEqualTo(sourceLength);
            }
          }
          fetchTheRest(peer, fork);
        });
  }

  private static void fetchTheRest(SparsePeer peer, long fork) throws ProofException {
    NaiveTree tree = peer.truth;
    long length = peer.head.length();
    if (length < tree.length()) {
      ProofRequest.Upgrade upgrade = new ProofRequest.Upgrade(length, tree.length() - length);
      peer.apply(tree.prove(new ProofRequest(fork, null, null, null, upgrade)));
    }
    for (long i = 0; i < tree.length(); i++) {
      ProofRequest.Block block = new ProofRequest.Block(i, peer.levels(2 * i));
      peer.apply(tree.prove(new ProofRequest(fork, block, null, null, null)));
    }
    assertThat(peer.blocks).hasSize(tree.blocks.size());
    assertThat(peer.nodes).isEqualTo(tree.nodes);
  }

  private static Proof prove(NaiveTree tree, ProofRequest request, long sourceLength)
      throws ProofException {
    return ProofBuilder.build(
        request,
        tree.head(request.fork(), sourceLength),
        index -> FlatTree.isInside(index, sourceLength) ? tree.find(index) : null,
        tree.block(request),
        NaiveTree.SIGNATURE,
        0);
  }

  /** Something that a well-behaved peer may ask of one that has {@code sourceLength} blocks. */
  private static ProofRequest request(
      RandomGenerator random, SparsePeer peer, long fork, long sourceLength) {
    long mine = peer.head.length();
    ProofRequest.Upgrade upgrade = null;
    if (sourceLength > mine && (mine == 0 || random.nextInt(3) == 0)) {
      upgrade = new ProofRequest.Upgrade(mine, random.nextLong(1, sourceLength - mine + 1));
    }
    long end = upgrade == null ? mine : mine + upgrade.length();
    ProofRequest.Block block = null;
    ProofRequest.Hash hash = null;
    ProofRequest.Seek seek = null;
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        long index = random.nextLong(end);
        block = new ProofRequest.Block(index, peer.levels(2 * index));
      }
      case 2 -> {
        long leaf = 2 * random.nextLong(end);
        long index = leaf;
        while (random.nextBoolean() && isAskable(FlatTree.parent(index), mine, end, upgrade)) {
          index = FlatTree.parent(index);
        }
        hash = new ProofRequest.Hash(index, peer.levels(index));
      }
      case 3 -> {
        long bytes = random.nextLong(peer.truth.bytes(end, 0) + 1);
        ByteSeek.Result known = ByteSeek.find(peer.head, peer::find, bytes, 0);
        if (known instanceof ByteSeek.Result.Below(long root, long offset)) {
          long first = FlatTree.firstBlock(root);
          long leaf = 2 * random.nextLong(first, FlatTree.endBlock(root));
          hash = new ProofRequest.Hash(leaf, FlatTree.depth(root));
          seek = new ProofRequest.Seek(bytes, 0);
        } else if (upgrade != null) {
          seek = new ProofRequest.Seek(bytes, 0);
        }
      }
      default -> {}
    }
    return new ProofRequest(fork, block, hash, seek, upgrade);
  }

  /** A node is asked for in the tree that is there, or below a node that the upgrade lists. */
  private static boolean isAskable(
      long index, long mine, long end, ProofRequest.@Nullable Upgrade upgrade) {
    if (FlatTree.isInside(index, mine)) {
      return true;
    }
    return upgrade != null && FlatTree.isInside(index, end) && FlatTree.firstBlock(index) >= mine;
  }

  @Test
  void seek_shouldNeedOneAnswer() {
    SeededCases.of("seeks answered", 2, CASES)
        .run(random -> {
          int padding = random.nextBoolean() ? 8 : 0;
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(100), padding);
          SparsePeer peer = new SparsePeer(tree);
          ProofRequest.Upgrade all = new ProofRequest.Upgrade(0, tree.length());
          peer.apply(tree.prove(new ProofRequest(0, null, null, null, all)));
          for (int i = 0; i < 5; i++) {
            long bytes = random.nextLong(tree.bytes(tree.length(), padding) + 1);
            ByteSeek.Result result = ByteSeek.find(peer.head, peer::find, bytes, padding);
            if (result instanceof ByteSeek.Result.Below(long root, long offset)) {
              expectBelow(tree, root, offset, bytes, padding);
              long first = FlatTree.firstBlock(root);
              long leaf = 2 * random.nextLong(first, FlatTree.endBlock(root));
              peer.apply(
                  tree.prove(
                      new ProofRequest(
                          0,
                          null,
                          new ProofRequest.Hash(leaf, FlatTree.depth(root)),
                          new ProofRequest.Seek(bytes, padding),
                          null)));
              result = ByteSeek.find(peer.head, peer::find, bytes, padding);
            }
            expectFound(tree, result, bytes, padding);
          }
        });
  }

  @Test
  void seek_shouldFindWhatCountingFinds() {
    SeededCases.of("seeks", 3, CASES)
        .run(random -> {
          int padding = random.nextBoolean() ? 8 : 0;
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(60), padding);
          long size = tree.bytes(tree.length(), padding);
          for (long bytes = 0; bytes <= size; bytes++) {
            expectFound(
                tree, ByteSeek.find(tree.head(), tree::find, bytes, padding), bytes, padding);
          }
          assertThat(ByteSeek.find(tree.head(), tree::find, size + 1, padding))
              .isInstanceOf(ByteSeek.Result.Beyond.class);
          for (long index : tree.nodes.keySet()) {
            assertThat(ByteSeek.offsetOf(tree.head(), tree::find, index))
                .isEqualTo(tree.bytes(FlatTree.firstBlock(index), 0));
          }
        });
  }

  private static void expectBelow(
      NaiveTree tree, long root, long offset, long bytes, long padding) {
    assertThat(tree.bytes(FlatTree.firstBlock(root), padding) + offset).isEqualTo(bytes);
    assertThat(bytes).isLessThan(tree.bytes(FlatTree.endBlock(root), padding));
  }

  private static void expectFound(
      NaiveTree tree, ByteSeek.Result result, long bytes, long padding) {
    assertThat(result).isInstanceOf(ByteSeek.Result.Found.class);
    ByteSeek.Result.Found found = (ByteSeek.Result.Found) result;
    assertThat(tree.bytes(found.block(), padding) + found.offset()).isEqualTo(bytes);
    if (found.offset() > 0) {
      assertThat(bytes).isLessThan(tree.bytes(found.block() + 1, padding));
    }
  }

  @Test
  void upgrade_shouldBeOfUseOrStaleWhenTheTreeGrewMeanwhile() {
    int[] used = new int[2];
    SeededCases.of("two upgrades at once", 4, 2 * CASES)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 2 + random.nextInt(60), 0);
          SparsePeer peer = new SparsePeer(tree);
          long start = random.nextLong(tree.length());
          if (start > 0) {
            ProofRequest.Upgrade first = new ProofRequest.Upgrade(0, start);
            peer.apply(prove(tree, new ProofRequest(0, null, null, null, first), start));
          }
          Proof one = upgradeFrom(random, tree, start);
          Proof other = upgradeFrom(random, tree, start);
          peer.apply(one);
          long before = peer.head.length();
          try {
            peer.apply(other);
            used[0]++;
          } catch (ProofException e) {
            assertThat(e.reason()).isIn(Reason.STALE, Reason.UNKNOWN_ROOT);
            assertThat(e.reason().isHonestlyPossible()).isTrue();
            used[1]++;
          }
          assertThat(peer.head.length()).isGreaterThanOrEqualTo(before);
        });
    assertThat(used[0]).isGreaterThan(used[1]);
  }

  private static Proof upgradeFrom(RandomGenerator random, NaiveTree tree, long start)
      throws ProofException {
    long sourceLength = random.nextLong(start + 1, tree.length() + 1);
    long length = random.nextLong(1, sourceLength - start + 1);
    ProofRequest.Block block =
        random.nextBoolean() ? null : new ProofRequest.Block(start + random.nextLong(length), 0);
    ProofRequest.Upgrade upgrade = new ProofRequest.Upgrade(start, length);
    return prove(tree, new ProofRequest(0, block, null, null, upgrade), sourceLength);
  }

  @Test
  void upgrade_shouldCoverThePrologue() {
    SeededCases.of("prologues", 5, CASES)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 2 + random.nextInt(60), 0);
          long prologue = random.nextLong(1, tree.length() + 1);
          Anchor anchor = new Anchor(prologue, tree.head(0, prologue).treeHash());
          ProofRequest request =
              new ProofRequest(
                  0,
                  null,
                  null,
                  null,
                  new ProofRequest.Upgrade(0, random.nextLong(1, tree.length() + 1)));
          Proof proof =
              ProofBuilder.build(
                  request, tree.head(), tree::find, null, NaiveTree.SIGNATURE, prologue);
          ProofVerifier verifier = new ProofVerifier();
          assertThat(verifier.verify(proof, TreeHead.EMPTY, index -> null, anchor).upgraded())
              .isEqualTo(tree.head());

          Anchor another = new Anchor(prologue, tree.node(0).hash());
          expect(Reason.PROLOGUE, () -> verify(proof, another));
          if (prologue > 1) {
            ProofRequest.Upgrade within = new ProofRequest.Upgrade(0, random.nextLong(1, prologue));
            Proof shorter = tree.prove(new ProofRequest(0, null, null, null, within));
            expect(Reason.PROLOGUE, () -> verify(shorter, anchor));
          }
        });
  }

  private static VerifiedProof verify(Proof proof, Anchor anchor) throws ProofException {
    return new ProofVerifier().verify(proof, TreeHead.EMPTY, index -> null, anchor);
  }

  @Test
  void anotherFork_shouldBeVerifiedFromNothingAndComparedByItsRoots() {
    SeededCases.of("forks", 6, CASES)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(60), 0);
          ProofRequest.Upgrade all = new ProofRequest.Upgrade(0, tree.length());
          Proof proof = tree.prove(new ProofRequest(4, null, null, null, all));
          expect(
              Reason.WRONG_FORK,
              () -> new ProofVerifier().verify(proof, tree.head(3, 1), tree::find));
          TreeHead target =
              new ProofVerifier().verify(proof, TreeHead.EMPTY, index -> null).upgraded();
          assertThat(target).isEqualTo(tree.head(4, tree.length()));

          long leaf = 2 * random.nextLong(tree.length());
          long levels = ProofPlan.levelsToRoot(leaf, tree.length());
          ProofRequest.Hash hash = new ProofRequest.Hash(leaf, levels);
          Proof path = tree.prove(new ProofRequest(4, null, hash, null, null));
          VerifiedProof verified = new ProofVerifier().verify(path, target, target::root);
          assertThat(tree.nodes.values()).containsAll(verified.nodes());
          assertThat(verified.nodes()).hasSize((int) (2 * levels));
        });
  }

  @Test
  void head_shouldBeLoadedForEveryLengthTheTreeHad() {
    SeededCases.of("heads", 7, CASES)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(60), 0);
          TreeGrowth growth = new TreeGrowth(TreeHead.EMPTY);
          for (long length = 0; length <= tree.length(); length++) {
            TreeHead head = TreeHead.load(0, length, tree::find);
            assertThat(head).isEqualTo(tree.head(0, length)).isEqualTo(growth.head());
            assertThat(head.byteLength()).isEqualTo(tree.bytes(length, 0));
            if (length < tree.length()) {
              growth.append(tree.blocks.get((int) length));
              assertThat(head.rootAbove(length)).isNull();
            }
          }
          long length = random.nextLong(1, tree.length() + 1);
          long[] roots = FlatTree.fullRoots(length);
          long lost = roots[random.nextInt(roots.length)];
          assertThatThrownBy(() -> TreeHead.load(0, length, i -> i == lost ? null : tree.find(i)))
              .isInstanceOfSatisfying(
                  MissingNodeException.class, e -> assertThat(e.index()).isEqualTo(lost));
        });
  }

  private interface Attempt {
    VerifiedProof run() throws ProofException;
  }

  private static void expect(Reason reason, Attempt attempt) {
    assertThatThrownBy(attempt::run)
        .isInstanceOfSatisfying(
            ProofException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
