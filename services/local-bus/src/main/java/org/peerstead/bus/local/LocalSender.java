package org.peerstead.bus.local;

import java.util.concurrent.Flow;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jspecify.annotations.Nullable;

/** The sending end of one outgoing channel: keeps at most a window of messages unsettled. */
final class LocalSender implements Flow.Subscriber<Message<?>> {
  private final String channel;
  private final LocalTopic topic;
  private final int window;
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean hasEnded;

  LocalSender(String channel, LocalTopic topic, int window) {
    this.channel = channel;
    this.topic = topic;
    this.window = window;
  }

  String channel() {
    return channel;
  }

  boolean isJoined() {
    return subscription != null;
  }

  boolean hasEnded() {
    return hasEnded;
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    if (subscription != null) {
      newSubscription.cancel();
      return;
    }
    subscription = newSubscription;
    newSubscription.request(window);
  }

  @Override
  public void onNext(Message<?> message) {
    topic.publish(message, this::requestNext);
  }

  private void requestNext() {
    Flow.Subscription source = subscription;
    if (source != null && !hasEnded) {
      source.request(1);
    }
  }

  @Override
  public void onError(Throwable failure) {
    hasEnded = true;
  }

  @Override
  public void onComplete() {
    hasEnded = true;
  }
}
