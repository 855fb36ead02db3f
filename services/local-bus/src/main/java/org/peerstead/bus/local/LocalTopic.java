package org.peerstead.bus.local;

import io.smallrye.reactive.messaging.providers.locals.LocalContextMetadata;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jspecify.annotations.Nullable;

/** The consumers of one topic. Thread-safe. */
final class LocalTopic {
  private final String name;
  private final List<LocalConsumer> consumers = new CopyOnWriteArrayList<>();

  LocalTopic(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void join(LocalConsumer consumer) {
    consumers.add(consumer);
  }

  void leave(LocalConsumer consumer) {
    consumers.remove(consumer);
  }

  /** Gives every consumer a copy; {@code onSettled} runs once, when all of them have settled it. */
  void publish(Message<?> message, Runnable onSettled) {
    List<LocalConsumer> receivers = List.copyOf(consumers);
    if (receivers.isEmpty()) {
      message.ack();
      onSettled.run();
      return;
    }
    // The sender's context must not follow the message: consumers have contexts of their own.
    Metadata metadata = message.getMetadata().without(LocalContextMetadata.class);
    var delivery = new Delivery(message, receivers.size(), onSettled);
    for (LocalConsumer receiver : receivers) {
      receiver.offer(delivery.copyFor(receiver, metadata));
    }
  }

  /** One message on its way to several consumers. */
  private static final class Delivery {
    private final Message<?> message;
    private final Runnable onSettled;
    private final AtomicInteger outstanding;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Delivery(Message<?> message, int receivers, Runnable onSettled) {
      this.message = message;
      this.onSettled = onSettled;
      this.outstanding = new AtomicInteger(receivers);
    }

    Message<?> copyFor(LocalConsumer receiver, Metadata metadata) {
      var isSettled = new AtomicInteger();
      Function<Metadata, CompletionStage<Void>> ack = ignored -> settle(isSettled, receiver, null);
      BiFunction<Throwable, Metadata, CompletionStage<Void>> nack =
          (reason, ignored) -> settle(isSettled, receiver, reason);
      return Message.of(message.getPayload(), metadata, ack, nack);
    }

    private CompletionStage<Void> settle(
        AtomicInteger isSettled, LocalConsumer receiver, @Nullable Throwable reason) {
      if (isSettled.getAndIncrement() == 0) {
        receiver.settled();
        if (reason != null) {
          failure.compareAndSet(null, reason);
        }
        if (outstanding.decrementAndGet() == 0) {
          Throwable first = failure.get();
          CompletionStage<Void> answer = first == null ? message.ack() : message.nack(first);
          onSettled.run();
          return answer;
        }
      }
      return CompletableFuture.completedFuture(null);
    }
  }
}
