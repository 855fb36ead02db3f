package org.peerstead.hypercore.merkle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** All the ways to change one thing in a proof that its receiver must notice. */
final class ProofChanges {
  private ProofChanges() {}

  static List<Proof> all(Proof proof) {
    List<Proof> all = new ArrayList<>();
    Proof.Block block = proof.block();
    Proof.Hash hash = proof.hash();
    Proof.Seek seek = proof.seek();
    Proof.Upgrade up = proof.upgrade();
    if (block != null) {
      all.add(with(proof, new Proof.Block(block.index() + 1, block.value(), block.nodes())));
      all.add(with(proof, new Proof.Block(block.index() ^ 1, block.value(), block.nodes())));
      all.add(with(proof, new Proof.Block(-1, block.value(), block.nodes())));
      all.add(with(proof, new Proof.Block(FlatTree.MAX_INDEX, block.value(), block.nodes())));
      byte[] longer = new byte[block.value().length() + 1];
      block.value().copyTo(longer, 0);
      all.add(with(proof, new Proof.Block(block.index(), Slice.of(longer), block.nodes())));
      byte[] other = block.value().toByteArray();
      other[other.length - 1] ^= 1;
      all.add(with(proof, new Proof.Block(block.index(), Slice.of(other), block.nodes())));
      lists(
          block.nodes(),
          all,
          nodes -> with(proof, new Proof.Block(block.index(), block.value(), nodes)));
    }
    if (hash != null) {
      all.add(with(proof, new Proof.Hash(hash.index() + 2, hash.nodes())));
      all.add(with(proof, new Proof.Hash(-1, hash.nodes())));
      lists(hash.nodes(), all, nodes -> with(proof, new Proof.Hash(hash.index(), nodes)));
    }
    if (seek != null) {
      lists(seek.nodes(), all, nodes -> with(proof, new Proof.Seek(seek.bytes(), nodes)));
    }
    if (up != null) {
      for (long start : new long[] {-1, 0, 1, up.start() + 1, FlatTree.MAX_INDEX}) {
        if (start != up.start()) {
          all.add(with(proof, up, start, up.length(), up.nodes(), up.additionalNodes()));
        }
      }
      for (long length :
          new long[] {-1, 0, up.length() - 1, up.length() + 1, FlatTree.MAX_INDEX, 1L << 52}) {
        all.add(with(proof, up, up.start(), length, up.nodes(), up.additionalNodes()));
      }
      lists(
          up.nodes(),
          all,
          nodes -> with(proof, up, up.start(), up.length(), nodes, up.additionalNodes()));
      lists(
          up.additionalNodes(),
          all,
          nodes -> with(proof, up, up.start(), up.length(), up.nodes(), nodes));
    }
    return all;
  }

  private static void lists(
      List<TreeNode> nodes, List<Proof> all, Function<List<TreeNode>, Proof> make) {
    for (int i = 0; i < nodes.size(); i++) {
      TreeNode node = nodes.get(i);
      all.add(make.apply(replaced(nodes, i, null)));
      long size = node.size();
      for (long other : new long[] {size + 1, size - 1, -1, TreeHash.MAX_SIZE, Long.MAX_VALUE}) {
        all.add(make.apply(replaced(nodes, i, new TreeNode(node.index(), other, node.hash()))));
      }
      long index = node.index();
      for (long other :
          new long[] {index + 1, index + 2, FlatTree.sibling(index), -1, FlatTree.MAX_INDEX}) {
        all.add(make.apply(replaced(nodes, i, new TreeNode(other, size, node.hash()))));
      }
      byte[] hash = node.hash().toBytes();
      hash[i % hash.length] ^= 4;
      all.add(make.apply(replaced(nodes, i, new TreeNode(index, size, Fixed32.of(hash)))));
      if (i > 0) {
        List<TreeNode> swapped = new ArrayList<>(nodes);
        swapped.set(i, nodes.get(i - 1));
        swapped.set(i - 1, node);
        all.add(make.apply(swapped));
      }
    }
    List<TreeNode> longer = new ArrayList<>(nodes);
    longer.add(new TreeNode(2, 7, Fixed32.of(new byte[Fixed32.SIZE])));
    all.add(make.apply(longer));
    if (!nodes.isEmpty()) {
      List<TreeNode> twice = new ArrayList<>(nodes);
      twice.add(nodes.getLast());
      all.add(make.apply(twice));
    }
  }

  private static List<TreeNode> replaced(List<TreeNode> nodes, int at, @Nullable TreeNode by) {
    List<TreeNode> changed = new ArrayList<>(nodes);
    if (by == null) {
      changed.remove(at);
    } else {
      changed.set(at, by);
    }
    return changed;
  }

  private static Proof with(Proof proof, Proof.Block block) {
    return new Proof(proof.fork(), block, proof.hash(), proof.seek(), proof.upgrade());
  }

  private static Proof with(Proof proof, Proof.Hash hash) {
    return new Proof(proof.fork(), proof.block(), hash, proof.seek(), proof.upgrade());
  }

  private static Proof with(Proof proof, Proof.Seek seek) {
    return new Proof(proof.fork(), proof.block(), proof.hash(), seek, proof.upgrade());
  }

  private static Proof with(
      Proof proof,
      Proof.Upgrade up,
      long start,
      long length,
      List<TreeNode> nodes,
      List<TreeNode> additional) {
    return new Proof(
        proof.fork(),
        proof.block(),
        proof.hash(),
        proof.seek(),
        new Proof.Upgrade(start, length, nodes, additional, up.signature()));
  }
}
