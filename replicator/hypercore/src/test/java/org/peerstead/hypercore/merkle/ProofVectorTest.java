package org.peerstead.hypercore.merkle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.peerstead.hypercore.Vectors;
import org.peerstead.hypercore.merkle.ProofException.Reason;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/** Requests and the answers that npm hypercore 11.39.5 gave; vectors made by gen-proofs.js. */
class ProofVectorTest {
  private static final JsonNode CORES = Vectors.load("proofs.json").get("cores");
  private static final int MAX_BYTES = 1 << 20;

  /** One request with its answer, null when npm refused it. */
  record Case(String note, NaiveTree tree, ProofRequest request, @Nullable Proof proof) {}

  static List<Case> cases() throws EncodingException {
    List<Case> cases = new ArrayList<>();
    for (JsonNode core : CORES) {
      NaiveTree tree = tree(core.get("blocks").intValue());
      for (JsonNode each : core.get("cases")) {
        Proof proof = each.has("data") ? data(Vectors.slice(each, "data")) : null;
        String note = core.get("blocks") + " blocks: " + each.get("note").textValue();
        cases.add(new Case(note, tree, request(Vectors.slice(each, "request")), proof));
      }
    }
    return cases;
  }

  @Test
  void heads_shouldBeThoseOfNpm() {
    for (JsonNode core : CORES) {
      NaiveTree tree = tree(core.get("blocks").intValue());
      TreeGrowth growth = new TreeGrowth(TreeHead.EMPTY);
      tree.blocks.forEach(growth::append);
      List<TreeNode> roots = new ArrayList<>();
      core.get("roots").forEach(root -> roots.add(TreeHashVectorTest.node(root)));
      assertThat(growth.head().roots()).isEqualTo(roots);
      assertThat(growth.head().byteLength()).isEqualTo(core.get("byteLength").longValue());
      assertThat(growth.head().treeHash()).hasToString(core.get("treeHash").textValue());
      assertThat(growth.newNodes()).containsExactlyInAnyOrderElementsOf(tree.nodes.values());
    }
  }

  @TestFactory
  List<DynamicTest> build_shouldAnswerAsNpmDoes() throws EncodingException {
    return cases().stream()
        .map(each -> DynamicTest.dynamicTest(each.note, () -> buildsTheSame(each)))
        .toList();
  }

  private static void buildsTheSame(Case each) throws ProofException {
    NaiveTree tree = each.tree;
    if (each.proof == null) {
      assertThatThrownBy(() -> tree.prove(each.request))
          .isInstanceOfSatisfying(
              ProofException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_REQUEST));
      return;
    }
    Slice signature = each.proof.upgrade() == null ? Slice.EMPTY : each.proof.upgrade().signature();
    Proof built =
        ProofBuilder.build(
            each.request, tree.head(), tree::find, tree.block(each.request), signature, 0);
    assertThat(hasLostSeek(each) ? withoutSeek(each) : built).isEqualTo(each.proof);
  }

  /** Npm looks for nothing below another root than the first, see {@link ProofBuilder}. */
  private static boolean hasLostSeek(Case each) {
    ProofRequest.Hash hash = each.request.hash();
    return each.request.seek() != null
        && hash != null
        && !FlatTree.contains(each.tree.head().roots().getFirst().index(), hash.index());
  }

  private static Proof withoutSeek(Case each) throws ProofException {
    ProofRequest.Hash hash = each.request.hash();
    return each.tree.prove(new ProofRequest(0, null, hash, null, null));
  }

  @TestFactory
  List<DynamicTest> verify_shouldAcceptWhatNpmAnswers() throws EncodingException {
    return cases().stream()
        .filter(each -> each.proof != null)
        .map(each -> DynamicTest.dynamicTest(each.note, () -> verifies(each)))
        .toList();
  }

  private static void verifies(Case each) throws ProofException {
    Proof proof = requireNonNull(each.proof);
    NaiveTree tree = each.tree;
    TreeHead mine = mine(each);
    VerifiedProof verified = new ProofVerifier().verify(proof, mine, known(tree, mine));
    assertThat(tree.nodes.values()).containsAll(verified.nodes());
    assertThat(verified.nodes()).doesNotHaveDuplicates();
    if (proof.upgrade() != null) {
      assertThat(verified.upgraded()).isEqualTo(tree.head());
    } else {
      assertThat(verified.upgraded()).isNull();
    }
  }

  @TestFactory
  List<DynamicTest> verify_shouldNotBeFooledByAnyChange() throws EncodingException {
    return cases().stream()
        .filter(each -> each.proof != null)
        .map(each -> DynamicTest.dynamicTest(each.note, () -> isNotFooledByChanges(each)))
        .toList();
  }

  private static void isNotFooledByChanges(Case each) {
    TreeHead mine = mine(each);
    NodeSource known = known(each.tree, mine);
    ProofVerifier verifier = new ProofVerifier();
    List<Proof> changed = ProofChanges.all(requireNonNull(each.proof));
    for (Proof proof : changed) {
      try {
        VerifiedProof verified = verifier.verify(proof, mine, known);
        assertThat(each.tree.isFooledBy(proof, verified, each.tree.head()))
            .as("%s", proof)
            .isFalse();
      } catch (ProofException e) {
        assertThat(e.reason()).isNotIn(Reason.NOT_AVAILABLE, Reason.INVALID_REQUEST);
      }
    }
  }

  /** What the asker has: everything of the length that its upgrade starts from. */
  private static TreeHead mine(Case each) {
    ProofRequest.Upgrade upgrade = each.request.upgrade();
    return each.tree.head(0, upgrade == null ? each.tree.length() : upgrade.start());
  }

  private static NodeSource known(NaiveTree tree, TreeHead head) {
    return index -> FlatTree.isInside(index, head.length()) ? tree.find(index) : null;
  }

  private static NaiveTree tree(int count) {
    List<Slice> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try {
        byte[] first =
            MessageDigest.getInstance("SHA-256")
                .digest(("proof:" + i + ":0").getBytes(StandardCharsets.UTF_8));
        blocks.add(Slice.of(first, 0, 20 + i % 7));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
    return new NaiveTree(blocks);
  }

  private static ProofRequest request(Slice message) throws EncodingException {
    CompactReader in = message.reader();
    long flags = in.uint();
    in.uint();
    long fork = in.uint();
    return new ProofRequest(
        fork,
        (flags & 1) == 0 ? null : new ProofRequest.Block(in.uint(), in.uint()),
        (flags & 2) == 0 ? null : new ProofRequest.Hash(in.uint(), in.uint()),
        (flags & 4) == 0 ? null : new ProofRequest.Seek(in.uint(), in.uint()),
        (flags & 8) == 0 ? null : new ProofRequest.Upgrade(in.uint(), in.uint()));
  }

  private static Proof data(Slice message) throws EncodingException {
    CompactReader in = message.reader();
    long flags = in.uint();
    in.uint();
    long fork = in.uint();
    return new Proof(
        fork,
        (flags & 1) == 0 ? null : new Proof.Block(in.uint(), in.buffer(MAX_BYTES), nodes(in)),
        (flags & 2) == 0 ? null : new Proof.Hash(in.uint(), nodes(in)),
        (flags & 4) == 0 ? null : new Proof.Seek(in.uint(), nodes(in)),
        (flags & 8) == 0
            ? null
            : new Proof.Upgrade(in.uint(), in.uint(), nodes(in), nodes(in), in.buffer(MAX_BYTES)));
  }

  private static List<TreeNode> nodes(CompactReader in) throws EncodingException {
    List<TreeNode> nodes = new ArrayList<>();
    for (long left = in.uint(); left > 0; left--) {
      nodes.add(new TreeNode(in.uint(), in.uint(), in.fixed32()));
    }
    return nodes;
  }
}
