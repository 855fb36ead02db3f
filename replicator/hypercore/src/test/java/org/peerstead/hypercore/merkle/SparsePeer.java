package org.peerstead.hypercore.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A peer that stores what was proven to it, and compares that with the truth each time. */
final class SparsePeer {
  final NaiveTree truth;
  final Map<Long, TreeNode> nodes = new HashMap<>();
  final Set<Long> blocks = new HashSet<>();
  TreeHead head = TreeHead.EMPTY;
  private final ProofVerifier verifier = new ProofVerifier();

  SparsePeer(NaiveTree truth) {
    this.truth = truth;
  }

  @Nullable TreeNode find(long index) {
    return nodes.get(index);
  }

  long levels(long index) {
    return ProofPlan.levelsToKnown(index, head.length(), nodes::containsKey);
  }

  /** Stores what {@code proof} proves. */
  VerifiedProof apply(Proof proof) throws ProofException {
    VerifiedProof verified = verifier.verify(proof, head, this::find);
    if (verified.upgraded() != null) {
      assertThat(verified.upgraded().length()).isGreaterThan(head.length());
      head = verified.upgraded();
      assertThat(head).isEqualTo(truth.head(proof.fork(), head.length()));
    }
    assertThat(truth.nodes.values()).containsAll(verified.nodes());
    assertThat(verified.nodes()).doesNotHaveDuplicates();
    verified.nodes().forEach(node -> nodes.put(node.index(), node));
    if (proof.block() != null) {
      assertThat(proof.block().value()).isEqualTo(truth.blocks.get((int) proof.block().index()));
      assertThat(nodes).containsKey(2 * proof.block().index());
      blocks.add(proof.block().index());
    }
    expectWholePaths();
    return verified;
  }

  /** Every node stands on its root: siblings and parents are there too. */
  private void expectWholePaths() {
    for (TreeNode root : head.roots()) {
      assertThat(nodes).containsEntry(root.index(), root);
    }
    for (long index : nodes.keySet()) {
      long parent = FlatTree.parent(index);
      if (FlatTree.isInside(parent, head.length())) {
        assertThat(nodes).containsKey(parent).containsKey(FlatTree.sibling(index));
      }
    }
  }
}
