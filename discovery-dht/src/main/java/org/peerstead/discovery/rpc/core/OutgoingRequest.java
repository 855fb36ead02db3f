package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A request to be sent to one node.
 *
 * @param retries how often it is sent again after a second without an answer
 */
public record OutgoingRequest(
    boolean internal,
    long command,
    @Nullable Fixed32 target,
    @Nullable Fixed32 token,
    @Nullable Slice value,
    int retries) {
  /** Retries of a single request. */
  public static final int DEFAULT_RETRIES = 3;

  /** Retries of requests inside a query. */
  public static final int QUERY_RETRIES = 5;

  /** A bare ping. */
  public static OutgoingRequest ping() {
    return new OutgoingRequest(true, InternalCommand.PING, null, null, null, DEFAULT_RETRIES);
  }
}
