package org.peerstead.hypercore.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

class TreeGrowthTest {
  private static final Fixed32 HASH = Fixed32.of(new byte[Fixed32.SIZE]);

  @Test
  void append_shouldTakeWholeSubtrees() {
    NaiveTree tree = NaiveTree.random(new SplittableRandom(5), 13, 0);
    TreeGrowth growth = new TreeGrowth(tree.head(7, 3));
    growth.append(tree.node(6));
    growth.append(tree.node(11));
    growth.append(tree.node(19));
    growth.append(tree.blocks.get(12));
    assertThat(growth.length()).isEqualTo(13);
    assertThat(growth.byteLength()).isEqualTo(tree.bytes(13, 0));
    assertThat(growth.head()).isEqualTo(tree.head(7, 13));
    assertThat(growth.newNodes().stream().map(TreeNode::index).toList())
        .isEqualTo(List.of(6L, 5L, 3L, 11L, 7L, 19L, 24L));
  }

  @Test
  void append_shouldRefuseNodesThatDoNotFollow() {
    TreeGrowth growth = new TreeGrowth(TreeHead.EMPTY);
    growth.append(Slice.EMPTY);
    for (long index : new long[] {0, 1, 3, 4, 5, -1}) {
      assertThatThrownBy(() -> growth.append(new TreeNode(index, 1, HASH)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(growth.length()).isEqualTo(1);
  }

  @Test
  void append_shouldRefuseMoreThanATreeMayHold() {
    TreeGrowth growth = new TreeGrowth(TreeHead.EMPTY);
    growth.append(new TreeNode(0, TreeHash.MAX_SIZE - 1, HASH));
    for (long size : new long[] {2, TreeHash.MAX_SIZE, Long.MAX_VALUE, -1}) {
      assertThatThrownBy(() -> growth.append(new TreeNode(2, size, HASH)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    growth.append(new TreeNode(2, 1, HASH));
    assertThat(growth.head().roots().getFirst().size()).isEqualTo(TreeHash.MAX_SIZE);

    TreeGrowth largest = new TreeGrowth(TreeHead.EMPTY);
    largest.append(new TreeNode(FlatTree.MAX_BLOCKS - 1, 0, HASH));
    assertThat(largest.length()).isEqualTo(FlatTree.MAX_BLOCKS);
    assertThatThrownBy(() -> largest.append(Slice.EMPTY))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void head_shouldRefuseWhatAreNotRoots() {
    TreeNode one = new TreeNode(1, TreeHash.MAX_SIZE, HASH);
    assertThat(TreeHead.of(0, List.of(one)).length()).isEqualTo(2);
    assertThatThrownBy(() -> TreeHead.of(0, List.of(one, new TreeNode(4, 1, HASH))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TreeHead.of(0, List.of(new TreeNode(4, 1, HASH))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TreeHead.of(0, List.of(one, one)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void plan_shouldCountLevelsToTheNearestKnownNode() {
    assertThat(ProofPlan.levelsToRoot(0, 100)).isEqualTo(6);
    assertThat(ProofPlan.levelsToRoot(198, 100)).isEqualTo(2);
    assertThat(ProofPlan.levelsToRoot(200, 100)).isZero();
    assertThat(ProofPlan.levelsToRoot(63, 100)).isZero();
    assertThat(ProofPlan.levelsToKnown(0, 100, index -> index == 63)).isEqualTo(6);
    assertThat(ProofPlan.levelsToKnown(0, 100, index -> index == 1)).isEqualTo(1);
    assertThat(ProofPlan.levelsToKnown(0, 100, index -> index == 0)).isZero();
    assertThat(ProofPlan.levelsToKnown(200, 100, index -> false)).isZero();
  }
}
