package org.peerstead.discovery.hyperdht.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.HyperdhtError;
import org.peerstead.discovery.rpc.core.OutgoingRequest;
import org.peerstead.discovery.rpc.core.QueryListener;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.ReplyListener;
import org.peerstead.discovery.rpc.core.RpcNode;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Stores a value at the nearest nodes, once a query has found them, and counts their answers. */
final class PutRun implements QueryListener {
  private final RpcNode rpc;
  private final Fixed32 target;
  private final int command;
  private final Slice value;
  private final PutListener listener;
  private @Nullable QueryResult query;
  private int waiting;
  private int stored;
  private int seqReused;
  private int seqTooLow;
  private int refused;
  private int failed;

  PutRun(RpcNode rpc, Fixed32 target, int command, Slice value, PutListener listener) {
    this.rpc = rpc;
    this.target = target;
    this.command = command;
    this.value = value;
    this.listener = listener;
  }

  @Override
  public void finished(QueryResult result, long nowNanos) {
    query = result;
    // One more than there are, so that nothing ends before all are sent.
    waiting = 1;
    if (!result.cancelled()) {
      for (Reply node : result.closest()) {
        @Nullable Fixed32 token = node.response().token();
        if (token != null) {
          waiting++;
          rpc.request(
              node.from(),
              new OutgoingRequest(
                  false, command, target, token, value, OutgoingRequest.DEFAULT_RETRIES),
              new Confirmation(),
              nowNanos);
        }
      }
    }
    end(nowNanos);
  }

  /** What one node answers. */
  private final class Confirmation implements ReplyListener {
    @Override
    public void replied(Reply reply, long nowNanos) {
      long error = reply.response().error();
      if (error == RpcError.NONE) {
        stored++;
      } else if (error == HyperdhtError.SEQ_REUSED) {
        seqReused++;
      } else if (error == HyperdhtError.SEQ_TOO_LOW) {
        seqTooLow++;
      } else {
        refused++;
      }
      end(nowNanos);
    }

    @Override
    public void failed(long nowNanos) {
      failed++;
      end(nowNanos);
    }
  }

  private void end(long nowNanos) {
    waiting--;
    if (waiting == 0 && query != null) {
      listener.finished(
          new PutResult(target, query, stored, seqReused, seqTooLow, refused, failed), nowNanos);
    }
  }
}
