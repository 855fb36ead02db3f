package org.peerstead.hypercore.merkle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a proof has proven. When {@link #upgraded} is not null, nothing may be stored before its
 * signature was checked; the nodes hang on it.
 *
 * @param nodes to store: those received and those computed from them, without the ones that the
 *     tree already stood on
 * @param upgraded the longer head, with the fork of the proof; null when the proof does not make
 *     the tree longer
 */
public record VerifiedProof(List<TreeNode> nodes, @Nullable TreeHead upgraded) {}
