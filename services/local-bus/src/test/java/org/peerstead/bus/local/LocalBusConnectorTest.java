package org.peerstead.bus.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.reactive.messaging.health.HealthReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigValue;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.eclipse.microprofile.config.spi.Converter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.junit.jupiter.api.Test;

class LocalBusConnectorTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final LocalBusConnector bus = new LocalBusConnector(List.of(registry));

  @Test
  void publish_shouldReachEveryConsumerOfTheTopicInOrder() {
    Consumer first = consume("documents-a", "documents", Long.MAX_VALUE);
    Consumer second = consume("documents-b", "documents", Long.MAX_VALUE);
    Consumer other = consume("other-a", "other", Long.MAX_VALUE);
    Sender sender = send("documents-out", "documents", 256);

    sender.send("one");
    sender.send("two");

    assertThat(first.payloads()).containsExactly("one", "two");
    assertThat(second.payloads()).containsExactly("one", "two");
    assertThat(other.payloads()).isEmpty();
  }

  @Test
  void ack_shouldReachSenderWhenAllConsumersHaveAcknowledged() {
    Consumer first = consume("t-a", "t", Long.MAX_VALUE);
    Consumer second = consume("t-b", "t", Long.MAX_VALUE);
    Sender sender = send("t-out", "t", 256);

    CompletableFuture<Void> outcome = sender.send("one");
    first.received.getFirst().ack();
    first.received.getFirst().ack();
    assertThat(outcome).isNotDone();
    second.received.getFirst().ack();

    assertThat(outcome).isCompleted();
  }

  @Test
  void nack_shouldReachSenderWithFirstFailure() {
    Consumer first = consume("t-a", "t", Long.MAX_VALUE);
    Consumer second = consume("t-b", "t", Long.MAX_VALUE);
    Sender sender = send("t-out", "t", 256);

    CompletableFuture<Void> outcome = sender.send("poison");
    first.received.getFirst().nack(new IllegalArgumentException("first"));
    assertThat(outcome).isNotDone();
    second.received.getFirst().nack(new IllegalArgumentException("second"));

    assertThat(outcome).isCompletedExceptionally();
    assertThat(outcome.exceptionNow()).hasMessage("first");
  }

  @Test
  void send_shouldBeAcknowledgedAtOnceWithoutConsumers() {
    Sender sender = send("t-out", "t", 1);
    assertThat(sender.send("one")).isCompleted();
    assertThat(sender.send("two")).isCompleted();
  }

  @Test
  void window_shouldHoldTheSenderBackUntilMessagesAreSettled() {
    Consumer consumer = consume("t-a", "t", Long.MAX_VALUE);
    Sender sender = send("t-out", "t", 2);

    for (int i = 0; i < 5; i++) {
      sender.send("m" + i);
    }
    assertThat(consumer.payloads()).containsExactly("m0", "m1");

    consumer.received.getFirst().ack();
    assertThat(consumer.payloads()).containsExactly("m0", "m1", "m2");
    consumer.received.get(1).nack(new IllegalStateException("no"));
    assertThat(consumer.payloads()).containsExactly("m0", "m1", "m2", "m3");
  }

  @Test
  void slowConsumer_shouldReceiveOnlyWhatItAsksFor() {
    Consumer slow = consume("t-a", "t", 1);
    Sender sender = send("t-out", "t", 256);
    sender.send("one");
    sender.send("two");

    assertThat(slow.payloads()).containsExactly("one");
    slow.request(1);
    assertThat(slow.payloads()).containsExactly("one", "two");
  }

  @Test
  void cancel_shouldRefuseWhatWaitsAndFreeTheSender() {
    Consumer leaving = consume("t-a", "t", 1);
    Sender sender = send("t-out", "t", 2);
    CompletableFuture<Void> first = sender.send("one");
    CompletableFuture<Void> second = sender.send("two");
    leaving.received.getFirst().ack();

    leaving.cancel();

    assertThat(first).isCompleted();
    assertThat(second).isCompletedExceptionally();
    assertThat(sender.send("three")).isCompleted();
    assertThat(bus.getLiveness().isOk()).isFalse();
  }

  @Test
  void secondSubscriberOfAChannel_shouldBeRefused() {
    Flow.Publisher<? extends Message<?>> channel = bus.getPublisher(new MapConfig("t-a", "t", 0));
    channel.subscribe(new Consumer(1));
    var late = new Consumer(1);
    channel.subscribe(late);
    assertThat(late.failure).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void lag_shouldCountUnsettledMessagesPerChannel() {
    Consumer consumer = consume("t-a", "t", 1);
    Sender sender = send("t-out", "t", 256);
    sender.send("one");
    sender.send("two");

    var gauge = registry.get("peerstead_bus_lag").tag("channel", "t-a").tag("topic", "t").gauge();
    assertThat(gauge.value()).isEqualTo(2);
    consumer.received.getFirst().ack();
    assertThat(gauge.value()).isEqualTo(1);
  }

  @Test
  void readiness_shouldBeUpOnceChannelsAreJoined() {
    Flow.Publisher<? extends Message<?>> channel = bus.getPublisher(new MapConfig("t-a", "t", 0));
    assertThat(bus.getReadiness().isOk()).isFalse();
    channel.subscribe(new Consumer(1));
    HealthReport report = bus.getReadiness();
    assertThat(report.isOk()).isTrue();
    assertThat(report.getChannels())
        .extracting(HealthReport.ChannelInfo::getChannel)
        .containsExactly("t-a");
  }

  @Test
  void concurrentSenders_shouldLoseNothing() throws InterruptedException {
    int senders = 4;
    int each = 20_000;
    var received = new AtomicInteger();
    var overlapping = new AtomicInteger();
    var inside = new AtomicInteger();
    bus.getPublisher(new MapConfig("t-a", "t", 0))
        .subscribe(
            new Flow.Subscriber<Message<?>>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(Message<?> message) {
                overlapping.addAndGet(inside.getAndIncrement());
                received.incrementAndGet();
                inside.decrementAndGet();
                message.ack();
              }

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onComplete() {}
            });
    var done = new CountDownLatch(senders * each);
    for (int s = 0; s < senders; s++) {
      Sender sender = send("t-out-" + s, "t", 16);
      Thread.ofVirtual()
          .start(() -> {
            for (int i = 0; i < each; i++) {
              sender.send("m").thenRun(done::countDown);
            }
          });
    }
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(received).hasValue(senders * each);
    assertThat(overlapping).hasValue(0);
  }

  private Consumer consume(String channel, String topic, long demand) {
    var consumer = new Consumer(demand);
    bus.getPublisher(new MapConfig(channel, topic, 0)).subscribe(consumer);
    return consumer;
  }

  @SuppressWarnings("unchecked")
  private Sender send(String channel, String topic, int window) {
    var sender = new Sender();
    var subscriber =
        (Flow.Subscriber<Message<?>>) bus.getSubscriber(new MapConfig(channel, topic, window));
    sender.subscriber = subscriber;
    subscriber.onSubscribe(sender);
    return sender;
  }

  /** Keeps what it receives; the test settles it. */
  private static final class Consumer implements Flow.Subscriber<Message<?>> {
    private final long demand;
    private final List<Message<?>> received = new ArrayList<>();
    private Flow.Subscription subscription;
    private Throwable failure;

    Consumer(long demand) {
      this.demand = demand;
    }

    List<Object> payloads() {
      return received.stream().<Object>map(Message::getPayload).toList();
    }

    void request(long count) {
      subscription.request(count);
    }

    void cancel() {
      subscription.cancel();
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
      subscription = newSubscription;
      newSubscription.request(demand);
    }

    @Override
    public void onNext(Message<?> message) {
      received.add(message);
    }

    @Override
    public void onError(Throwable reason) {
      failure = reason;
    }

    @Override
    public void onComplete() {}
  }

  /** An emitter with a queue, as Reactive Messaging puts before an outgoing channel. */
  private static final class Sender implements Flow.Subscription {
    private final Deque<Message<?>> waiting = new ArrayDeque<>();
    private Flow.Subscriber<Message<?>> subscriber;
    private long demand;
    private boolean isDraining;

    CompletableFuture<Void> send(String payload) {
      var outcome = new CompletableFuture<Void>();
      Message<String> message =
          Message.of(
              payload,
              () -> {
                outcome.complete(null);
                return CompletableFuture.completedFuture(null);
              },
              reason -> {
                outcome.completeExceptionally(reason);
                return CompletableFuture.completedFuture(null);
              });
      synchronized (this) {
        waiting.add(message);
      }
      drain();
      return outcome;
    }

    @Override
    public void request(long count) {
      synchronized (this) {
        demand += count;
      }
      drain();
    }

    private void drain() {
      while (true) {
        Message<?> next;
        synchronized (this) {
          if (isDraining || demand == 0 || waiting.isEmpty()) {
            return;
          }
          isDraining = true;
          demand--;
          next = waiting.poll();
        }
        subscriber.onNext(next);
        synchronized (this) {
          isDraining = false;
        }
      }
    }

    @Override
    public void cancel() {}
  }

  private record MapConfig(Map<String, Object> values) implements Config {
    MapConfig(String channel, String topic, int window) {
      this(
          window == 0
              ? Map.of("channel-name", channel, "topic", topic)
              : Map.of("channel-name", channel, "topic", topic, "window", window));
    }

    @Override
    public <T> T getValue(String name, Class<T> type) {
      return getOptionalValue(name, type).orElseThrow();
    }

    @Override
    public <T> Optional<T> getOptionalValue(String name, Class<T> type) {
      return Optional.ofNullable(values.get(name)).map(type::cast);
    }

    @Override
    public ConfigValue getConfigValue(String name) {
      throw new UnsupportedOperationException(name);
    }

    @Override
    public Iterable<String> getPropertyNames() {
      return values.keySet();
    }

    @Override
    public Iterable<ConfigSource> getConfigSources() {
      return List.of();
    }

    @Override
    public <T> Optional<Converter<T>> getConverter(Class<T> type) {
      return Optional.empty();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      throw new UnsupportedOperationException(type.getName());
    }
  }
}
