package org.peerstead.bus.local;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of one incoming channel: a queue that one subscriber drains at its own pace.
 * The senders' windows bound it. Thread-safe; the subscriber is called by one thread at a time.
 */
final class LocalConsumer implements Flow.Publisher<Message<?>>, Flow.Subscription {
  private final String channel;
  private final LocalTopic topic;
  private final Queue<Message<?>> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong demand = new AtomicLong();
  private final AtomicInteger drainRequests = new AtomicInteger();
  private final AtomicInteger unsettled = new AtomicInteger();
  private final AtomicBoolean isTaken = new AtomicBoolean();
  private volatile Flow.@Nullable Subscriber<? super Message<?>> subscriber;
  private volatile boolean isCancelled;

  LocalConsumer(String channel, LocalTopic topic) {
    this.channel = channel;
    this.topic = topic;
  }

  String channel() {
    return channel;
  }

  boolean isJoined() {
    return subscriber != null;
  }

  boolean hasEnded() {
    return isCancelled;
  }

  /** Messages sent to this consumer that it has not settled. */
  int lag() {
    return unsettled.get();
  }

  void settled() {
    unsettled.decrementAndGet();
  }

  void offer(Message<?> message) {
    unsettled.incrementAndGet();
    queue.add(message);
    drain();
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Message<?>> newSubscriber) {
    if (!isTaken.compareAndSet(false, true)) {
      newSubscriber.onSubscribe(new RefusedSubscription());
      newSubscriber.onError(
          new IllegalStateException("Channel " + channel + " has a subscriber already"));
      return;
    }
    subscriber = newSubscriber;
    topic.join(this);
    newSubscriber.onSubscribe(this);
  }

  @Override
  public void request(long count) {
    if (count <= 0) {
      throw new IllegalArgumentException("request(" + count + "), at least 1");
    }
    demand.accumulateAndGet(count, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
    drain();
  }

  @Override
  public void cancel() {
    isCancelled = true;
    topic.leave(this);
    drain();
  }

  private void drain() {
    if (drainRequests.getAndIncrement() != 0) {
      return;
    }
    int served = 1;
    while (served != 0) {
      drainOnce();
      served = drainRequests.addAndGet(-served);
    }
  }

  private void drainOnce() {
    Flow.Subscriber<? super Message<?>> receiver = subscriber;
    while (isCancelled || (receiver != null && demand.get() > 0)) {
      Message<?> message = queue.poll();
      if (message == null) {
        return;
      }
      if (isCancelled || receiver == null) {
        message.nack(new IllegalStateException("Channel " + channel + " has ended"));
      } else {
        if (demand.get() != Long.MAX_VALUE) {
          demand.decrementAndGet();
        }
        receiver.onNext(message);
      }
    }
  }

  /** What a second subscriber gets before its error. */
  private static final class RefusedSubscription implements Flow.Subscription {
    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
  }
}
