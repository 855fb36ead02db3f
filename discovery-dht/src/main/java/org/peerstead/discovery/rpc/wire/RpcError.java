package org.peerstead.discovery.rpc.wire;

/** Error numbers that dht-rpc itself answers with. */
public final class RpcError {
  /** No error. */
  public static final int NONE = 0;

  /** The node does not know the command, or does not serve it. */
  public static final int UNKNOWN_COMMAND = 1;

  /** The token of the request is not one of ours or has expired. */
  public static final int INVALID_TOKEN = 2;

  private RpcError() {}
}
