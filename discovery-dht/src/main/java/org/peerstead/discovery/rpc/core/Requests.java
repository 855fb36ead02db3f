package org.peerstead.discovery.rpc.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Request;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The requests of a node that are not answered yet: numbers them, sends them again, gives up, and
 * finds the one that a response belongs to, by number and by source address. Not thread-safe.
 */
final class Requests {
  /** Time until a request is sent again, 1 s. */
  static final long TIMEOUT_NANOS = 1_000_000_000L;

  /** Requests that may be unanswered at once; more fail without being sent. */
  static final int MAX_OUTSTANDING = 8_192;

  private static final int TRANSACTIONS = 0x10000;

  private final Transport transport;
  private final RpcListener listener;
  private final CongestionWindow window;
  private final Map<Integer, Outstanding> byTransaction = new HashMap<>();
  private final ArrayDeque<Outstanding> waiting = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::atNanos));
  private int nextTransaction;

  Requests(Transport transport, RpcListener listener, RandomGenerator chance, long nowNanos) {
    this.transport = transport;
    this.listener = listener;
    this.window = new CongestionWindow(nowNanos);
    this.nextTransaction = chance.nextInt(TRANSACTIONS);
  }

  /** What is told about one request besides its end. */
  interface Watcher extends ReplyListener {
    /** The first second passed without an answer; the request goes on. */
    default void slow(long nowNanos) {}
  }

  /** One request on its way. */
  static final class Outstanding {
    private final int transaction;
    private final SocketSide socket;
    private final NodeAddress to;
    private final OutgoingRequest request;
    private final byte[] packet;
    private final long timeoutNanos;
    private final ReplyListener listener;
    private int sent;
    private long sentNanos;
    private boolean ended;

    private Outstanding(
        int transaction,
        SocketSide socket,
        NodeAddress to,
        OutgoingRequest request,
        byte[] packet,
        long timeoutNanos,
        ReplyListener listener) {
      this.transaction = transaction;
      this.socket = socket;
      this.to = to;
      this.request = request;
      this.packet = packet;
      this.timeoutNanos = timeoutNanos;
      this.listener = listener;
    }

    ReplyListener listener() {
      return listener;
    }

    long sentNanos() {
      return sentNanos;
    }
  }

  /** When {@code outstanding} was sent for the {@code sending}-th time and then gets impatient. */
  private record Timer(long atNanos, Outstanding outstanding, int sending) {}

  /** Requests that are not answered yet. */
  int outstanding() {
    return byTransaction.size();
  }

  /** Sends {@code request}, or keeps it until the congestion window has room. */
  void send(
      SocketSide socket,
      @Nullable Fixed32 ownId,
      NodeAddress to,
      OutgoingRequest request,
      long timeoutNanos,
      ReplyListener replyListener,
      long nowNanos) {
    int transaction = freeTransaction();
    Outstanding outstanding =
        new Outstanding(
            transaction,
            socket,
            to,
            request,
            RpcCodec.encode(
                new Request(
                    transaction,
                    to,
                    ownId,
                    request.token(),
                    request.internal(),
                    request.command(),
                    request.target(),
                    request.value())),
            timeoutNanos,
            replyListener);
    if (byTransaction.size() >= MAX_OUTSTANDING) {
      // Fails from the timer, so that whoever asks never hears of the end before the beginning.
      outstanding.sent = Integer.MAX_VALUE;
      timers.add(new Timer(nowNanos, outstanding, outstanding.sent));
      return;
    }
    byTransaction.put(transaction, outstanding);
    sendOrWait(outstanding, nowNanos);
  }

  private int freeTransaction() {
    do {
      nextTransaction = (nextTransaction + 1) % TRANSACTIONS;
    } while (byTransaction.containsKey(nextTransaction));
    return nextTransaction;
  }

  private void sendOrWait(Outstanding outstanding, long nowNanos) {
    if (window.isFull(nowNanos)) {
      waiting.add(outstanding);
      listener.congested(waiting.size());
    } else {
      sendNow(outstanding, nowNanos);
    }
  }

  private void sendNow(Outstanding outstanding, long nowNanos) {
    window.sent(nowNanos);
    outstanding.sent++;
    outstanding.sentNanos = nowNanos;
    timers.add(new Timer(nowNanos + outstanding.timeoutNanos, outstanding, outstanding.sent));
    transport.send(outstanding.socket, outstanding.to, outstanding.packet);
  }

  /**
   * The request that {@code response} from {@code from} answers; it has ended then. Null when there
   * is none; {@code dropped} of the listener has the reason.
   */
  @Nullable Outstanding take(Response response, NodeAddress from, long nowNanos) {
    @Nullable Outstanding outstanding = byTransaction.get(response.transaction());
    if (outstanding == null) {
      listener.dropped(DropReason.UNEXPECTED_RESPONSE, from);
      return null;
    }
    if (!outstanding.to.equals(from)) {
      listener.dropped(DropReason.WRONG_RESPONDER, from);
      return null;
    }
    byTransaction.remove(response.transaction());
    outstanding.ended = true;
    window.answered(nowNanos);
    return outstanding;
  }

  /** When {@link #advance} has to be called; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos() {
    @Nullable Timer first = timers.peek();
    while (first != null && isStale(first)) {
      timers.poll();
      first = timers.peek();
    }
    long deadline = first == null ? Long.MAX_VALUE : first.atNanos();
    return waiting.isEmpty() ? deadline : Math.min(deadline, window.slotEndsNanos());
  }

  private static boolean isStale(Timer timer) {
    return timer.outstanding().ended || timer.sending() != timer.outstanding().sent;
  }

  /** Sends again, gives up, and sends what waited. */
  void advance(long nowNanos) {
    @Nullable Timer first = timers.peek();
    while (first != null && first.atNanos() - nowNanos <= 0) {
      timers.poll();
      if (!isStale(first)) {
        expire(first.outstanding(), nowNanos);
      }
      first = timers.peek();
    }
    while (!waiting.isEmpty() && !window.isFull(nowNanos)) {
      Outstanding outstanding = waiting.remove();
      if (!outstanding.ended) {
        sendNow(outstanding, nowNanos);
      }
    }
  }

  private void expire(Outstanding outstanding, long nowNanos) {
    if (outstanding.sent == 1 && outstanding.listener instanceof Watcher watcher) {
      watcher.slow(nowNanos);
    }
    if (outstanding.ended) {
      return;
    }
    if (outstanding.sent > outstanding.request.retries()) {
      outstanding.ended = true;
      byTransaction.remove(outstanding.transaction, outstanding);
      window.answered(nowNanos);
      listener.timedOut(outstanding.to);
      outstanding.listener.failed(nowNanos);
    } else {
      listener.retried(outstanding.to);
      sendOrWait(outstanding, nowNanos);
    }
  }

  /** Ends all requests without an answer. */
  void failAll(long nowNanos) {
    List<Outstanding> all = new ArrayList<>(byTransaction.values());
    for (Timer timer : timers) {
      if (timer.outstanding().sent == Integer.MAX_VALUE) {
        all.add(timer.outstanding());
      }
    }
    byTransaction.clear();
    waiting.clear();
    timers.clear();
    for (Outstanding outstanding : all) {
      if (!outstanding.ended) {
        outstanding.ended = true;
        outstanding.listener.failed(nowNanos);
      }
    }
  }
}
