package org.peerstead.hypercore.blindpeer;

import org.peerstead.securestream.encoding.Slice;

/** A message of a {@code protomux-rpc} channel. */
public sealed interface RpcMessage {
  /** The request that this is or answers; 0 for an event, which is not answered. */
  long id();

  /** Number of the message in its protocol. */
  int type();

  /**
   * Asks for something: message 0.
   *
   * @param method at most {@link BlindPeerCodec#MAX_METHOD_BYTES} bytes of UTF-8
   * @param value in the encoding of the method
   */
  record Request(long id, String method, Slice value) implements RpcMessage {
    @Override
    public int type() {
      return 0;
    }
  }

  /**
   * It was done: message 1.
   *
   * @param value in the encoding of the method
   */
  record Success(long id, Slice value) implements RpcMessage {
    @Override
    public int type() {
      return 1;
    }
  }

  /**
   * It was not done: message 1.
   *
   * @param message for people
   * @param code what kind of failure, for programs; empty for none
   * @param cause what lies behind it, for people; empty for none
   */
  record Failure(long id, String message, String code, String cause) implements RpcMessage {
    /** There is no such method. */
    public static final String UNKNOWN_METHOD = "UNKNOWN_METHOD";

    /** The method refused or failed. */
    public static final String REQUEST_ERROR = "REQUEST_ERROR";

    /** The value cannot be read. */
    public static final String DECODE_ERROR = "DECODE_ERROR";

    @Override
    public int type() {
      return 1;
    }
  }
}
