package org.peerstead.hypercore.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.merkle.ProofException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/**
 * Whatever a peer sends, the answer is a result or a {@link ProofException}, and no lie is kept.
 */
class ProofFuzzTest {
  private static final long[] ABSURD = {
    -1, Long.MIN_VALUE, Long.MAX_VALUE, FlatTree.MAX_INDEX, FlatTree.MAX_INDEX - 1, 1L << 52
  };

  @Test
  void verify_shouldRefuseInventedProofs() {
    SeededCases.of("invented proofs", 11, 3_000)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(40), 0);
          TreeHead mine = tree.head(0, random.nextLong(tree.length() + 1));
          expectNotFooled(tree, mine, invented(random, tree));
        });
  }

  @Test
  void verify_shouldRefuseProofsThatWereChangedTwice() {
    SeededCases.of("changed proofs", 12, 1_000)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, 1 + random.nextInt(40), 1);
          TreeHead mine = tree.head(0, random.nextLong(tree.length()));
          long more = tree.length() - mine.length();
          ProofRequest request =
              new ProofRequest(
                  0,
                  new ProofRequest.Block(random.nextLong(tree.length()), 0),
                  null,
                  null,
                  new ProofRequest.Upgrade(mine.length(), random.nextLong(1, more + 1)));
          Proof honest;
          try {
            honest = tree.prove(request);
          } catch (ProofException e) {
            assertThat(e.reason()).isEqualTo(Reason.INVALID_REQUEST);
            return;
          }
          for (int i = 0; i < 20; i++) {
            Proof once = pick(random, ProofChanges.all(honest));
            expectNotFooled(tree, mine, pick(random, ProofChanges.all(once)));
          }
        });
  }

  private static void expectNotFooled(NaiveTree tree, TreeHead mine, Proof proof) {
    try {
      VerifiedProof verified =
          new ProofVerifier()
              .verify(
                  proof,
                  mine,
                  index -> FlatTree.isInside(index, mine.length()) ? tree.find(index) : null);
      if (verified.upgraded() != null && !verified.upgraded().equals(tree.head())) {
        // The signature does not match: nothing is kept.
        return;
      }
      for (TreeNode node : verified.nodes()) {
        // Two siblings may lie about their sizes if the sum is right.
        assertThat(node.hash()).isEqualTo(tree.node(node.index()).hash());
      }
      if (proof.block() != null) {
        assertThat(proof.block().value()).isEqualTo(tree.blocks.get((int) proof.block().index()));
      }
    } catch (ProofException e) {
      assertThat(e.reason()).isNotIn(Reason.NOT_AVAILABLE, Reason.INVALID_REQUEST);
    }
  }

  @Test
  void build_shouldRefuseAbsurdRequestsAndSurviveMissingNodes() {
    SeededCases.of("absurd requests", 13, 20_000)
        .run(random -> {
          NaiveTree tree = NaiveTree.random(random, random.nextInt(40), 0);
          int missing = random.nextInt(3);
          long bound = 2 * tree.length() + 3;
          ProofRequest request =
              new ProofRequest(
                  random.nextInt(20) == 0 ? 1 : 0,
                  random.nextInt(3) > 0
                      ? null
                      : new ProofRequest.Block(number(random, bound), number(random, 7)),
                  random.nextInt(3) > 0
                      ? null
                      : new ProofRequest.Hash(number(random, bound), number(random, 7)),
                  random.nextBoolean()
                      ? null
                      : new ProofRequest.Seek(number(random, 20 * bound), number(random, 10)),
                  random.nextBoolean()
                      ? null
                      : new ProofRequest.Upgrade(number(random, bound), number(random, bound)));
          try {
            Proof proof =
                ProofBuilder.build(
                    request,
                    tree.head(),
                    index -> random.nextInt(20) < missing ? null : tree.find(index),
                    tree.block(request),
                    NaiveTree.SIGNATURE,
                    random.nextInt(10) == 0 ? number(random, bound) : 0);
            expectTrue(tree, proof);
          } catch (ProofException e) {
            assertThat(e.reason()).isIn(Reason.NOT_AVAILABLE, Reason.INVALID_REQUEST);
          }
        });
  }

  private static void expectTrue(NaiveTree tree, Proof proof) {
    List<TreeNode> all = new ArrayList<>();
    if (proof.block() != null) {
      all.addAll(proof.block().nodes());
    }
    if (proof.hash() != null) {
      all.addAll(proof.hash().nodes());
    }
    if (proof.seek() != null) {
      all.addAll(proof.seek().nodes());
    }
    if (proof.upgrade() != null) {
      all.addAll(proof.upgrade().nodes());
      all.addAll(proof.upgrade().additionalNodes());
    }
    assertThat(tree.nodes.values()).containsAll(all);
  }

  private static Proof invented(RandomGenerator random, NaiveTree tree) {
    long bound = 2 * tree.length() + 3;
    Proof.Block block = null;
    Proof.Hash hash = null;
    if (random.nextInt(3) == 0) {
      long index = number(random, tree.length() + 1);
      boolean isTrue = index >= 0 && index < tree.length() && random.nextBoolean();
      Slice value = isTrue ? tree.blocks.get((int) index) : Slice.of(new byte[random.nextInt(9)]);
      block = new Proof.Block(index, value, path(random, tree, 2 * index));
    }
    if (random.nextInt(3) == 0) {
      long index = number(random, bound);
      List<TreeNode> nodes = path(random, tree, index);
      if (random.nextInt(4) > 0) {
        nodes.addFirst(node(random, tree, index));
      }
      hash = new Proof.Hash(index, nodes);
    }
    Proof.Seek seek = null;
    if (random.nextInt(3) == 0) {
      long index = number(random, bound);
      List<TreeNode> nodes = path(random, tree, index);
      nodes.addFirst(node(random, tree, index));
      seek = new Proof.Seek(number(random, 100), nodes);
    }
    Proof.Upgrade upgrade = null;
    if (random.nextBoolean()) {
      long start = number(random, bound);
      long length = number(random, bound);
      List<TreeNode> nodes = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        nodes.add(node(random, tree, number(random, bound)));
      }
      List<TreeNode> additional = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        additional.add(node(random, tree, number(random, bound)));
      }
      upgrade = new Proof.Upgrade(start, length, nodes, additional, NaiveTree.SIGNATURE);
    }
    return new Proof(random.nextInt(9) == 0 ? 1 : 0, block, hash, seek, upgrade);
  }

  /** Siblings upwards, more or less. */
  private static List<TreeNode> path(RandomGenerator random, NaiveTree tree, long from) {
    List<TreeNode> nodes = new ArrayList<>();
    long at = Math.max(from, 0);
    for (int i = random.nextInt(random.nextInt(20) == 0 ? 100 : 6); i > 0; i--) {
      nodes.add(node(random, tree, FlatTree.sibling(at)));
      at = FlatTree.parent(at);
    }
    return nodes;
  }

  private static TreeNode node(RandomGenerator random, NaiveTree tree, long index) {
    @Nullable TreeNode known = tree.find(index);
    if (known != null && random.nextInt(5) > 0) {
      return known;
    }
    byte[] hash = new byte[Fixed32.SIZE];
    random.nextBytes(hash);
    return new TreeNode(index, number(random, 100), Fixed32.of(hash));
  }

  private static long number(RandomGenerator random, long bound) {
    return random.nextInt(15) == 0
        ? ABSURD[random.nextInt(ABSURD.length)]
        : random.nextLong(Math.max(bound, 1));
  }

  private static Proof pick(RandomGenerator random, List<Proof> from) {
    return from.get(random.nextInt(from.size()));
  }
}
