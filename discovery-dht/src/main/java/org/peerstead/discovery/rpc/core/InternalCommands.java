package org.peerstead.discovery.rpc.core;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.InternalCommand;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/** Answers the commands that every node of a dht-rpc network knows. Not thread-safe. */
final class InternalCommands {
  /** Delayed pings kept at the same time; more are dropped. */
  static final int MAX_DELAYED_PINGS = 1_000;

  private final TableKeeper keeper;
  private final PriorityQueue<DelayedPing> delayedPings =
      new PriorityQueue<>(Comparator.comparingLong(DelayedPing::atNanos));

  InternalCommands(TableKeeper keeper) {
    this.keeper = keeper;
  }

  /** A ping that is still to be answered. */
  private record DelayedPing(long atNanos, InboundExchange exchange) {}

  void handle(InboundExchange exchange, long nowNanos) {
    Request request = exchange.request();
    @Nullable Slice value = request.value();
    if (request.command() == InternalCommand.PING) {
      exchange.replyBare(null);
    } else if (request.command() == InternalCommand.FIND_NODE) {
      if (request.target() == null) {
        exchange.drop(DropReason.INCOMPLETE_REQUEST);
      } else {
        exchange.replyCloserNodes();
      }
    } else if (request.command() == InternalCommand.PING_NAT) {
      int port = value == null || value.length() < 2 ? 0 : (int) littleEndian(value, 2);
      if (port == 0) {
        exchange.drop(DropReason.INCOMPLETE_REQUEST);
      } else {
        exchange.replyToPort(port);
      }
    } else if (request.command() == InternalCommand.DOWN_HINT) {
      onDownHint(exchange, value, nowNanos);
    } else if (request.command() == InternalCommand.DELAYED_PING) {
      onDelayedPing(exchange, value, nowNanos);
    } else {
      exchange.replyError(RpcError.UNKNOWN_COMMAND);
    }
  }

  private void onDownHint(InboundExchange exchange, @Nullable Slice value, long nowNanos) {
    if (value == null || value.length() < NodeAddress.BYTES) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
      return;
    }
    try {
      keeper.hinted(NodeAddress.read(value.reader()), nowNanos);
    } catch (EncodingException e) {
      throw new IllegalStateException("six bytes are an address", e);
    }
    exchange.replyBare(null);
  }

  private void onDelayedPing(InboundExchange exchange, @Nullable Slice value, long nowNanos) {
    if (value == null || value.length() < 4) {
      exchange.drop(DropReason.INCOMPLETE_REQUEST);
      return;
    }
    long delayMillis = littleEndian(value, 4);
    if (delayMillis > RpcNode.MAX_PING_DELAY_MILLIS) {
      exchange.drop(DropReason.BAD_VALUE);
    } else if (delayedPings.size() >= MAX_DELAYED_PINGS) {
      exchange.drop(DropReason.RATE_LIMITED);
    } else {
      delayedPings.add(new DelayedPing(nowNanos + delayMillis * 1_000_000, exchange));
    }
  }

  private static long littleEndian(Slice value, int bytes) {
    long number = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      number = number << 8 | (value.at(i) & 0xff);
    }
    return number;
  }

  /** Answers the delayed pings that are due. */
  void advance(long nowNanos) {
    @Nullable DelayedPing first = delayedPings.peek();
    while (first != null && first.atNanos() - nowNanos <= 0) {
      delayedPings.remove();
      first.exchange().replyBare(null);
      first = delayedPings.peek();
    }
  }

  /** When {@link #advance} has to be called; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos() {
    @Nullable DelayedPing first = delayedPings.peek();
    return first == null ? Long.MAX_VALUE : first.atNanos();
  }

  void clear() {
    delayedPings.clear();
  }
}
