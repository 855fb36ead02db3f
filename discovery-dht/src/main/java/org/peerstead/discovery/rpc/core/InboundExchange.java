package org.peerstead.discovery.rpc.core;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.RpcListener.Outcome;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** One received request of a node and the ways to end it; see {@link Exchange}. */
final class InboundExchange implements Exchange {
  /** What an answer has besides closer nodes and value: header, id, token, count, error, length. */
  private static final int FIXED_BYTES = 10 + 2 * Fixed32.SIZE + 1 + 1 + 3;

  private final RpcNode node;
  private final Request request;
  private final NodeAddress from;
  private final SocketSide socket;
  private final long nowNanos;
  private boolean ended;
  private boolean held;

  InboundExchange(
      RpcNode node, Request request, NodeAddress from, SocketSide socket, long nowNanos) {
    this.node = node;
    this.request = request;
    this.from = from;
    this.socket = socket;
    this.nowNanos = nowNanos;
  }

  @Override
  public Request request() {
    return request;
  }

  @Override
  public NodeAddress from() {
    return from;
  }

  @Override
  public SocketSide socket() {
    return socket;
  }

  @Override
  public @Nullable Fixed32 ownId() {
    return node.idOn(socket);
  }

  @Override
  public void reply(@Nullable Slice value) {
    answer(
        from,
        node.issueToken(from, nowNanos),
        closerNodes(value == null ? 0 : value.length()),
        RpcError.NONE,
        value);
  }

  @Override
  public void replyBare(@Nullable Slice value) {
    answer(from, null, List.of(), RpcError.NONE, value);
  }

  @Override
  public void replyCloserNodes() {
    answer(from, null, closerNodes(), RpcError.NONE, null);
  }

  @Override
  public void replyError(int error) {
    if (error <= RpcError.NONE) {
      throw new IllegalArgumentException("error " + error + " is none");
    }
    answer(from, null, closerNodes(), error, null);
  }

  /** The answer to a request with a token that does not count: it brings a fresh one. */
  void replyInvalidToken() {
    answer(from, node.issueToken(from, nowNanos), closerNodes(), RpcError.INVALID_TOKEN, null);
  }

  @Override
  public void drop(DropReason reason) {
    end(Outcome.DROPPED);
    node.listener().dropped(reason, from);
  }

  @Override
  public void forward(NodeAddress to, Slice value) {
    end(Outcome.FORWARDED);
    node.transport()
        .send(
            socket,
            to,
            RpcCodec.encode(
                new Request(
                    request.transaction(),
                    to,
                    node.idOn(socket),
                    null,
                    request.internal(),
                    request.command(),
                    request.target(),
                    value)));
  }

  @Override
  public void answerThirdParty(NodeAddress to, Slice value) {
    end(Outcome.FORWARDED);
    send(to, null, List.of(), RpcError.NONE, value);
  }

  /** A bare answer to another port of the same host. */
  void replyToPort(int port) {
    answer(from.withPort(port), null, List.of(), RpcError.NONE, null);
  }

  @Override
  public void hold() {
    held = true;
  }

  boolean isTakenCareOf() {
    return ended || held;
  }

  private List<NodeAddress> closerNodes() {
    return closerNodes(0);
  }

  /** Beside a large value there is room for fewer of them: the answer has to fit one datagram. */
  private List<NodeAddress> closerNodes(int valueBytes) {
    @Nullable Fixed32 target = request.target();
    int room = (RpcCodec.MAX_PACKET_BYTES - FIXED_BYTES - valueBytes) / NodeAddress.BYTES;
    int count = Math.min(room, RoutingTable.BUCKET_SIZE);
    return target == null || count <= 0 ? List.of() : node.closest(target, count);
  }

  private void answer(
      NodeAddress to,
      @Nullable Fixed32 token,
      List<NodeAddress> closer,
      int error,
      @Nullable Slice value) {
    end(error == RpcError.NONE ? Outcome.ANSWERED : Outcome.REFUSED);
    send(to, token, closer, error, value);
  }

  private void send(
      NodeAddress to,
      @Nullable Fixed32 token,
      List<NodeAddress> closer,
      int error,
      @Nullable Slice value) {
    node.transport()
        .send(
            socket,
            to,
            RpcCodec.encode(
                new Response(
                    request.transaction(), to, node.idOn(socket), token, closer, error, value)));
  }

  private void end(Outcome outcome) {
    if (ended) {
      throw new IllegalStateException("command " + request.command() + " is ended twice");
    }
    ended = true;
    node.listener().requestEnded(request.internal(), request.command(), outcome);
  }
}
