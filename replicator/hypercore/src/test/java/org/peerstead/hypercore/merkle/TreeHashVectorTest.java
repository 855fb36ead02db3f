package org.peerstead.hypercore.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.hypercore.Vectors;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Hashes computed by npm hypercore-crypto 3.7.0; vectors made by gen-basic.js. */
class TreeHashVectorTest {
  private static final JsonNode CRYPTO = Vectors.load("crypto.json");

  static TreeNode node(JsonNode vector) {
    return new TreeNode(
        vector.get("index").longValue(),
        vector.get("size").longValue(),
        Fixed32.fromHex(vector.get("hash").textValue()));
  }

  @Test
  void leaf_shouldBeThatOfNpm() {
    TreeHash hash = new TreeHash();
    for (JsonNode vector : CRYPTO.get("leaves")) {
      Slice block = Slice.fromHex(vector.get("dataHex").textValue());
      TreeNode leaf = hash.leaf(7, block);
      assertThat(leaf.hash()).hasToString(vector.get("hash").textValue());
      assertThat(leaf.index()).isEqualTo(14);
      assertThat(leaf.size()).isEqualTo(block.length());
    }
  }

  @Test
  void growth_shouldMakeTheNodesRootsAndTreeHashOfNpm() {
    JsonNode vector = CRYPTO.get("tree");
    TreeGrowth growth = new TreeGrowth(TreeHead.EMPTY);
    for (JsonNode block : vector.get("blocks")) {
      growth.append(Slice.of(block.textValue().getBytes(StandardCharsets.UTF_8)));
    }
    List<TreeNode> expected = new ArrayList<>();
    vector.get("nodes").forEach(node -> expected.add(node(node)));
    List<TreeNode> nodes = new ArrayList<>(growth.newNodes());
    nodes.sort(Comparator.comparingLong(TreeNode::index));
    assertThat(nodes).isEqualTo(expected);
    assertThat(growth.head().roots().stream().map(TreeNode::index).toList())
        .isEqualTo(List.of(3L, 8L));
    assertThat(growth.head().treeHash()).hasToString(vector.get("treeHash").textValue());
  }

  @Test
  void treeHash_shouldBeThatOfNpmForNoBlocks() {
    assertThat(TreeHead.EMPTY.treeHash())
        .hasToString(CRYPTO.get("tree").get("emptyTreeHash").textValue());
  }
}
