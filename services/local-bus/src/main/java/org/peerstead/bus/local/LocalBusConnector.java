package org.peerstead.bus.local;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.connector.OutboundConnector;
import io.smallrye.reactive.messaging.health.HealthReport;
import io.smallrye.reactive.messaging.health.HealthReporter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;
import org.eclipse.microprofile.reactive.messaging.spi.ConnectorFactory;

/**
 * Joins outgoing and incoming channels of this process that have the same {@code topic}.
 *
 * <ul>
 *   <li>Every consumer of a topic receives every message, in the order of its sender.
 *   <li>A message is acknowledged to its sender once every consumer has acknowledged its copy, and
 *       refused with the first failure when one has refused; nothing is redelivered.
 *   <li>A sender has at most {@code window} messages unsettled; beyond that it is not asked for
 *       more, so the back-pressure reaches its emitter. This also bounds every consumer's queue.
 *   <li>A message that nobody consumes is acknowledged at once.
 *   <li>Consumers run on the sender's thread, or on the thread that settles an earlier message.
 * </ul>
 *
 * <p>Thread-safe.
 */
@ApplicationScoped
@Connector(LocalBusConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    direction = Direction.INCOMING_AND_OUTGOING,
    description = "Joins channels; the channel's own name when absent")
@ConnectorAttribute(
    name = "window",
    type = "int",
    direction = Direction.OUTGOING,
    defaultValue = "256",
    description = "How many messages a sender may have unsettled")
public class LocalBusConnector implements InboundConnector, OutboundConnector, HealthReporter {
  /** The connector's name in the configuration. */
  public static final String NAME = "local-bus";

  private static final int DEFAULT_WINDOW = 256;

  private final Map<String, LocalTopic> topics = new ConcurrentHashMap<>();
  private final List<LocalConsumer> consumers = new CopyOnWriteArrayList<>();
  private final List<LocalSender> senders = new CopyOnWriteArrayList<>();
  private final List<MeterRegistry> registries;

  /** A connector whose lag can be read from {@code registries}. */
  @Inject
  public LocalBusConnector(Instance<MeterRegistry> registries) {
    this(registries.stream().toList());
  }

  LocalBusConnector(List<MeterRegistry> registries) {
    this.registries = registries;
  }

  @Override
  public Flow.Publisher<? extends Message<?>> getPublisher(Config config) {
    LocalTopic topic = topic(config);
    var consumer = new LocalConsumer(channel(config), topic);
    consumers.add(consumer);
    for (MeterRegistry registry : registries) {
      Gauge.builder("peerstead_bus_lag", consumer, LocalConsumer::lag)
          .description("Messages sent to a consumer and not settled by it yet")
          .tag("topic", topic.name())
          .tag("channel", consumer.channel())
          .register(registry);
    }
    return consumer;
  }

  @Override
  public Flow.Subscriber<? extends Message<?>> getSubscriber(Config config) {
    int window = config.getOptionalValue("window", Integer.class).orElse(DEFAULT_WINDOW);
    if (window < 1) {
      throw new IllegalArgumentException(
          "window of channel " + channel(config) + " is " + window + ", at least 1");
    }
    var sender = new LocalSender(channel(config), topic(config), window);
    senders.add(sender);
    return sender;
  }

  private LocalTopic topic(Config config) {
    String name = config.getOptionalValue("topic", String.class).orElseGet(() -> channel(config));
    return topics.computeIfAbsent(name, LocalTopic::new);
  }

  private static String channel(Config config) {
    return config.getValue(ConnectorFactory.CHANNEL_NAME_ATTRIBUTE, String.class);
  }

  /** Ready when every channel has been joined and none has ended. */
  @Override
  public HealthReport getReadiness() {
    return report();
  }

  /** Alive unless a channel has ended. */
  @Override
  public HealthReport getLiveness() {
    HealthReport.HealthReportBuilder report = HealthReport.builder();
    consumers.forEach(c -> report.add(c.channel(), !c.hasEnded()));
    senders.forEach(s -> report.add(s.channel(), !s.hasEnded()));
    return report.build();
  }

  @Override
  public HealthReport getStartup() {
    return report();
  }

  private HealthReport report() {
    HealthReport.HealthReportBuilder report = HealthReport.builder();
    consumers.forEach(c -> report.add(c.channel(), c.isJoined() && !c.hasEnded()));
    senders.forEach(s -> report.add(s.channel(), s.isJoined() && !s.hasEnded()));
    return report.build();
  }
}
