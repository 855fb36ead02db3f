package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.List;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.Exchange;
import org.peerstead.securestream.crypto.BatchVerifier;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Judges the signatures of requests that store something. Checking a signature costs more than all
 * else about such a request together, and checking many at once costs about half of that each. So
 * the requests that arrived together wait for each other, which they do only when there are many.
 * When one of many is wrong, each is checked alone.
 *
 * <p>Differs from hyperdht 6.34.0: among many, a signature that is wrong by a point of small order
 * is accepted, see {@link BatchVerifier}. Only the owner of the key can make one.
 *
 * <p>Not thread-safe.
 */
final class SignedRequests {
  /** Requests judged together at most. */
  static final int MAX_TOGETHER = 64;

  /** With fewer there is little to gain from checking them together. */
  static final int MIN_TOGETHER = 3;

  private final BatchVerifier verifier;
  private final List<Pending> pending = new ArrayList<>();
  private boolean batching;

  /** A request whose signature is still to be judged, and what happens when it holds. */
  private record Pending(
      Exchange exchange, Fixed32 publicKey, Slice signable, Slice signature, Runnable accepted) {}

  /** Judges each request as it comes, until a batch begins. */
  SignedRequests(Entropy secrets) {
    this.verifier = new BatchVerifier(MAX_TOGETHER, secrets);
  }

  /** Requests from now on wait for {@link #endBatch}. */
  void beginBatch() {
    batching = true;
  }

  /** Judges what waits. */
  void endBatch() {
    batching = false;
    judgePending();
  }

  /**
   * Runs {@code accepted}, which ends {@code exchange}, if {@code signature} is that of {@code
   * publicKey} over {@code signable}; else the request gets no answer. Happens now or at the end of
   * the batch.
   */
  void judge(
      Exchange exchange, Fixed32 publicKey, Slice signable, Slice signature, Runnable accepted) {
    Pending request = new Pending(exchange, publicKey, signable, signature, accepted);
    if (!batching) {
      judgeAlone(request);
      return;
    }
    exchange.hold();
    pending.add(request);
    if (pending.size() == MAX_TOGETHER) {
      judgePending();
    }
  }

  private void judgePending() {
    List<Pending> together = List.copyOf(pending);
    // First, so that a store that fails in the middle leaves nothing behind for the next batch.
    pending.clear();
    if (together.size() < MIN_TOGETHER) {
      together.forEach(SignedRequests::judgeAlone);
    } else {
      judgeTogether(together);
    }
  }

  private void judgeTogether(List<Pending> together) {
    List<Pending> undecided = new ArrayList<>(together.size());
    List<Pending> wrong = new ArrayList<>();
    for (Pending each : together) {
      boolean isAdded = verifier.add(each.publicKey(), each.signable(), each.signature());
      (isAdded ? undecided : wrong).add(each);
    }
    boolean allHold = verifier.verifyAll();
    wrong.forEach(request -> request.exchange().drop(DropReason.BAD_SIGNATURE));
    if (allHold) {
      undecided.forEach(request -> request.accepted().run());
    } else {
      undecided.forEach(SignedRequests::judgeAlone);
    }
  }

  private static void judgeAlone(Pending request) {
    if (isSigned(request)) {
      request.accepted().run();
    } else {
      request.exchange().drop(DropReason.BAD_SIGNATURE);
    }
  }

  private static boolean isSigned(Pending request) {
    try {
      return VerifyKey.of(request.publicKey()).verify(request.signable(), request.signature());
    } catch (CryptoException e) {
      return false;
    }
  }
}
