package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.List;
import org.peerstead.discovery.rpc.core.DropReason;
import org.peerstead.discovery.rpc.core.Exchange;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Judges the signatures of requests that store something. Checking a signature costs more than all
 * else about such a request together, and checking many at once costs less than half of that each.
 * So the requests that arrived together wait for each other, which they do only when there are
 * many. Not thread-safe.
 */
final class SignedRequests {
  /** Requests judged together at most. */
  static final int MAX_TOGETHER = 64;

  private final List<Pending> pending = new ArrayList<>(MAX_TOGETHER);
  private boolean batching;

  /** A request whose signature is still to be judged, and what happens when it holds. */
  private record Pending(
      Exchange exchange, Fixed32 publicKey, Slice signable, Slice signature, Runnable accepted) {}

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
    together.forEach(SignedRequests::judgeAlone);
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
