package org.peerstead.discovery.rpc.core;

/** Answers the requests that are not internal to dht-rpc. */
@FunctionalInterface
public interface CommandHandler {
  /**
   * Handles one request, at once: exactly one of the methods of {@code exchange} that end it is
   * called before this returns, unless it is {@linkplain Exchange#hold held}. A token that the
   * request carries has been found valid.
   */
  void handle(Exchange exchange, long nowNanos);
}
