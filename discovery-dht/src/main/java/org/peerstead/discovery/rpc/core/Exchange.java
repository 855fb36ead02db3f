package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One received request and the ways to end it. Valid only during the call that hands it over,
 * unless it is held.
 */
public interface Exchange {
  /** What was asked; its value looks into the datagram and has to be copied to be kept. */
  Request request();

  /** Where it came from. */
  NodeAddress from();

  /** The socket on which it arrived. */
  SocketSide socket();

  /** The id of this node when it sends one to others, else null: then it stores nothing. */
  @Nullable Fixed32 ownId();

  /**
   * Answers with a token, the closer nodes if the request has a target, and {@code value}. Beside a
   * large value there are fewer closer nodes, so that the answer fits one datagram.
   *
   * @param value at most 1,390 bytes
   */
  void reply(@Nullable Slice value);

  /** Answers with {@code value} alone: neither token nor closer nodes. */
  void replyBare(@Nullable Slice value);

  /** Answers with the closer nodes only. */
  void replyCloserNodes();

  /** Answers with {@code error} (above 0) and the closer nodes, without a token. */
  void replyError(int error);

  /**
   * Allows to end the request after the call that hands it over, but before the node is told the
   * next time: several requests that arrived together can be judged together.
   */
  void hold();

  /** Gives no answer. */
  void drop(DropReason reason);

  /**
   * Passes the request on: the same transaction, command and target with another value, sent to
   * {@code to} from the socket on which it arrived. The sender is not answered by this node.
   */
  void forward(NodeAddress to, Slice value);

  /** Answers {@code to} instead of the sender, with {@code value} alone. */
  void answerThirdParty(NodeAddress to, Slice value);
}
