package org.peerstead.hypercore.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;

/** Positions computed by npm flat-tree 1.13.0; vectors made by gen-basic.js. */
class FlatTreeVectorTest {
  private static final JsonNode VECTORS = Vectors.load("flat-tree.json");

  @Test
  void fullRoots_shouldBeThoseOfNpm() {
    for (JsonNode vector : VECTORS.get("fullRoots")) {
      long[] expected =
          StreamSupport.stream(vector.get("roots").spliterator(), false)
              .mapToLong(JsonNode::longValue)
              .toArray();
      assertThat(FlatTree.fullRoots(vector.get("length").longValue())).isEqualTo(expected);
    }
  }

  @Test
  void relations_shouldBeThoseOfNpm() {
    for (JsonNode vector : VECTORS.get("nodes")) {
      long index = vector.get("index").longValue();
      int depth = vector.get("depth").intValue();
      long offset = vector.get("offset").longValue();
      assertThat(FlatTree.depth(index)).isEqualTo(depth);
      assertThat(FlatTree.offset(index)).isEqualTo(offset);
      assertThat(FlatTree.index(depth, offset)).isEqualTo(index);
      assertThat(FlatTree.parent(index)).isEqualTo(vector.get("parent").longValue());
      assertThat(FlatTree.sibling(index)).isEqualTo(vector.get("sibling").longValue());
      assertThat(FlatTree.leftSpan(index)).isEqualTo(vector.get("leftSpan").longValue());
      assertThat(FlatTree.rightSpan(index)).isEqualTo(vector.get("rightSpan").longValue());
      assertThat(FlatTree.leftChild(index)).isEqualTo(vector.get("leftChild").longValue());
      assertThat(FlatTree.rightChild(index)).isEqualTo(vector.get("rightChild").longValue());
      assertThat(FlatTree.leaves(index)).isEqualTo(vector.get("leaves").longValue());
    }
  }

  @Test
  void relations_shouldHoldUpToTheLargestNumber() {
    for (long index = FlatTree.MAX_INDEX - 70; index <= FlatTree.MAX_INDEX; index++) {
      assertThat(FlatTree.parent(index)).isPositive();
      assertThat(FlatTree.parent(FlatTree.sibling(index))).isEqualTo(FlatTree.parent(index));
      assertThat(FlatTree.contains(FlatTree.parent(index), index)).isTrue();
      assertThat(FlatTree.sibling(FlatTree.sibling(index))).isEqualTo(index);
      assertThat(FlatTree.isLeft(index)).isNotEqualTo(FlatTree.isLeft(FlatTree.sibling(index)));
    }
    assertThat(FlatTree.fullRoots(FlatTree.MAX_BLOCKS)).containsExactly(FlatTree.MAX_BLOCKS - 1);
    assertThat(FlatTree.fullRoots(FlatTree.MAX_BLOCKS - 1)).hasSize(52);
  }
}
