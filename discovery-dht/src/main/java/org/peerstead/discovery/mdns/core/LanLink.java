package org.peerstead.discovery.mdns.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.wire.DnsMessage;
import org.peerstead.discovery.mdns.wire.DnsName;
import org.peerstead.discovery.mdns.wire.DnsQuestion;
import org.peerstead.discovery.mdns.wire.DnsRecord;
import org.peerstead.discovery.mdns.wire.HostAddress;
import org.peerstead.discovery.mdns.wire.MalformedDnsException;
import org.peerstead.discovery.mdns.wire.ServiceText;
import org.peerstead.discovery.mdns.wire.TopicDigest;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * This node on one link: it announces one service however many topics there are, asks for others,
 * and tells who was found.
 *
 * <pre>
 * when                         what is sent
 * start, new addresses, wake   announcement twice, 1 s apart; question after 20 to 120 ms, then
 *                              after 1, 2, 4, ... s up to an hour (RFC 6762 sections 8.3, 5.2)
 * a question came              announcement after 20 to 120 ms, at most one in a second (section 6),
 *                              unless the asker knows us
 * a peer nears its end         question, at most one in 10 s
 * rotation                     goodbye, then as at the start without the questions
 * topics changed the digest    announcement twice, once in the update interval on average and
 *                              three times in a row after a quiet while
 * close                        goodbye
 * </pre>
 *
 * <p>Left out on purpose: probing and the settling of conflicts (section 8.1; names have 80 random
 * bits, and a host that claims one lies), a cache of records (only messages are used that are
 * whole: pointer, service and text of an instance), NSEC records, answers by unicast to those who
 * want one (section 5.4; multicast may always be used instead).
 *
 * <p>Memory is bounded by {@link LinkSettings}. Not thread-safe.
 */
public final class LanLink {
  private static final long MILLISECOND = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final long NEVER = Long.MAX_VALUE;

  /** The port of multicast DNS. */
  public static final int MDNS_PORT = 5353;

  private static final int ANNOUNCEMENTS = 2;
  private static final long MAX_ASK_INTERVAL = 3600 * SECOND;
  private static final long MIN_REFRESH_INTERVAL = 10 * SECOND;

  /** After a sleep, peers have this long to answer before they are forgotten. */
  private static final long DOUBT_NANOS = 15 * SECOND;

  /** Changes of topics are gathered for this long. */
  private static final long GATHER_NANOS = 2 * SECOND;

  /** Changes of the text that may follow each other quickly. */
  private static final int TEXTS_AT_ONCE = 3;

  /** Known peers that fit a question of less than 1,200 bytes. */
  private static final int MAX_KNOWN = 32;

  private static final int UNICAST_ANSWERS_PER_SECOND = 5;

  /** Questions that are repeated in an answer by unicast. */
  private static final int MAX_ECHOED = 4;

  private final LinkSettings settings;
  private final LinkListener listener;
  private final Entropy secrets;
  private final RandomGenerator chance;
  private final PeerTable peers;
  private final TokenBucket datagrams;
  private final TokenBucket unicasts;

  private List<LinkAddress> addresses = List.of();
  private Set<Fixed32> topics = Set.of();
  private int dhtPort;
  private Slice salt = Slice.EMPTY;
  private @Nullable OwnRecords own;
  private byte[] announcement = new byte[0];

  private int announcementsLeft;
  private long announceNanos = NEVER;
  private long answerNanos = NEVER;
  private long typesNanos = NEVER;
  private long askNanos = NEVER;
  private long askInterval;
  private long lastAskNanos;
  private long lastAnswerNanos;
  private long lastTypesNanos;
  private long rotateNanos = NEVER;

  /** When the next change of the text would come, were they evenly spread. */
  private long evenTextNanos;

  private long textNanos = NEVER;

  /**
   * A link that is silent until {@link #start}.
   *
   * @param secrets for names and salts
   * @param chance for delays
   */
  public LanLink(
      LinkSettings settings, LinkListener listener, Entropy secrets, RandomGenerator chance) {
    this.settings = settings;
    this.listener = listener;
    this.secrets = secrets;
    this.chance = chance;
    this.peers =
        new PeerTable(settings.maxPeers(), settings.maxPeersPerAddress(), chance, listener);
    this.datagrams = new TokenBucket(settings.maxDatagramsPerSecond());
    this.unicasts = new TokenBucket(UNICAST_ANSWERS_PER_SECOND);
  }

  /**
   * Begins to announce and to ask.
   *
   * @param newAddresses own addresses on the link
   * @param newDhtPort UDP port of the HyperDHT node of this host; 0 for none
   * @param newTopics kept, not copied: must not change
   */
  public void start(
      List<LinkAddress> newAddresses, int newDhtPort, Set<Fixed32> newTopics, long now) {
    addresses = List.copyOf(newAddresses);
    dhtPort = newDhtPort;
    topics = newTopics;
    lastAnswerNanos = now - SECOND;
    lastTypesNanos = now - SECOND;
    lastAskNanos = now - MIN_REFRESH_INTERVAL;
    evenTextNanos = now;
    rename(now);
    askSoon(now);
  }

  /** The name of the moment; empty before the start and after the end. */
  public String instance() {
    return own == null ? "" : own.instance();
  }

  /** Who is there. */
  public List<LinkPeer> peers() {
    return peers.all();
  }

  /**
   * The topics are now these; tells the link when its digest changes, but not often.
   *
   * @param newTopics kept, not copied: must not change
   */
  public void setTopics(Set<Fixed32> newTopics, long now) {
    topics = newTopics;
    textChanged(now);
  }

  /** The port of the HyperDHT node of this host; 0 when it has none any more. */
  public void setDhtPort(int newDhtPort, long now) {
    dhtPort = newDhtPort;
    textChanged(now);
  }

  private void textChanged(long now) {
    if (own != null && textNanos == NEVER) {
      long early = (TEXTS_AT_ONCE - 1) * settings.minUpdateInterval().toNanos();
      textNanos = Math.max(now + GATHER_NANOS, evenTextNanos - early);
    }
  }

  /** The link has other addresses: it may be another network, where nobody knows our name. */
  public void setAddresses(List<LinkAddress> newAddresses, long now) {
    if (!addresses.equals(newAddresses)) {
      addresses = List.copyOf(newAddresses);
      wakeUp(now);
    }
  }

  /** The computer slept: takes a new name, asks who is there, and doubts who was. */
  public void wakeUp(long now) {
    if (own != null) {
      rename(now);
      peers.doubt(DOUBT_NANOS, now);
      askSoon(now);
    }
  }

  /** Says goodbye and forgets all peers. */
  public void close(long now) {
    if (own != null) {
      listener.multicast(own.goodbye());
      own = null;
      peers.clear();
    }
  }

  /** When {@link #advance} is due; {@link Long#MAX_VALUE} when it is not. */
  public long nextDeadlineNanos() {
    if (own == null) {
      return NEVER;
    }
    long next = Math.min(Math.min(announceNanos, answerNanos), Math.min(typesNanos, askNanos));
    return Math.min(Math.min(next, peers.nextDeadlineNanos()), Math.min(rotateNanos, textNanos));
  }

  /** Does what is due. */
  public void advance(long now) {
    if (own == null) {
      return;
    }
    if (rotateNanos <= now) {
      listener.multicast(own.goodbye());
      rename(now);
    }
    if (textNanos <= now) {
      textNanos = NEVER;
      renewText(now);
    }
    if (announceNanos <= now || answerNanos <= now) {
      announce(now);
    }
    if (typesNanos <= now) {
      typesNanos = NEVER;
      lastTypesNanos = now;
      listener.multicast(OwnRecords.serviceTypes());
    }
    if (peers.advance(now)) {
      askNanos = Math.min(askNanos, Math.max(now, lastAskNanos + MIN_REFRESH_INTERVAL));
    }
    if (askNanos <= now) {
      ask(now);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // What is sent

  private void rename(long now) {
    salt = Slice.of(secrets.next(TopicDigest.SALT_BYTES));
    var announced = new ArrayList<HostAddress>();
    for (LinkAddress address : addresses) {
      if (address.isAnnounced()) {
        announced.add(address.address());
      }
    }
    own =
        new OwnRecords(
            OwnRecords.label(secrets.next(10)),
            OwnRecords.label(secrets.next(10)),
            announced,
            settings.tcpPort(),
            text());
    announcement = own.announcement();
    listener.renamed(own.instance());
    textNanos = NEVER;
    long rotation = settings.rotation().toNanos();
    rotateNanos = now + (long) (rotation * (0.9 + 0.2 * chance.nextDouble()));
    announceTwice(now);
  }

  private ServiceText text() {
    TopicDigest digest =
        settings.isDigestPublished() ? TopicDigest.of(salt, topics).orElse(null) : null;
    return new ServiceText(digest, dhtPort);
  }

  private void renewText(long now) {
    ServiceText text = text();
    if (own != null && !text.equals(own.text())) {
      own = own.withText(text);
      announcement = own.announcement();
      evenTextNanos = Math.max(evenTextNanos, now) + settings.minUpdateInterval().toNanos();
      announceTwice(now);
    }
  }

  private void announceTwice(long now) {
    announcementsLeft = ANNOUNCEMENTS;
    announceNanos = Math.max(now, lastAnswerNanos + SECOND);
  }

  private void announce(long now) {
    answerNanos = NEVER;
    lastAnswerNanos = now;
    announcementsLeft = Math.max(0, announcementsLeft - 1);
    announceNanos = announcementsLeft == 0 ? NEVER : now + SECOND;
    listener.multicast(announcement);
  }

  private void askSoon(long now) {
    askNanos = now + delay();
    askInterval = SECOND;
  }

  private long delay() {
    return (20 + chance.nextInt(101)) * MILLISECOND;
  }

  private void ask(long now) {
    if (own == null) {
      return;
    }
    var known = new ArrayList<DnsRecord>();
    for (LinkPeer peer : peers.known(MAX_KNOWN, now)) {
      known.add(
          new DnsRecord.Pointer(
              OwnRecords.SERVICE,
              peers.secondsLeft(peer.instance(), now),
              false,
              OwnRecords.SERVICE.child(peer.instance())));
    }
    listener.multicast(own.question(known));
    lastAskNanos = now;
    askNanos = now + askInterval;
    askInterval = Math.min(2 * askInterval, MAX_ASK_INTERVAL);
  }

  // ---------------------------------------------------------------------------------------------
  // What comes in

  /**
   * A datagram came, by multicast or not.
   *
   * @param datagram kept by nobody
   */
  public void receive(HostAddress source, int sourcePort, byte[] datagram, int length, long now) {
    if (own == null) {
      return;
    }
    if (!datagrams.take(now)) {
      listener.dropped(DropReason.RATE);
      return;
    }
    if (!isOnLink(source)) {
      listener.dropped(DropReason.OFF_LINK);
      return;
    }
    DnsMessage message;
    try {
      message = DnsMessage.decode(datagram, length);
    } catch (MalformedDnsException e) {
      listener.dropped(DropReason.MALFORMED);
      return;
    }
    if (message.isAnswer()) {
      if (sourcePort == MDNS_PORT) {
        answered(message, source, now);
      } else {
        listener.dropped(DropReason.WRONG_PORT);
      }
    } else {
      asked(own, message, source, sourcePort, now);
    }
  }

  private boolean isOnLink(HostAddress host) {
    for (LinkAddress address : addresses) {
      if (address.reaches(host)) {
        return true;
      }
    }
    // Link-local addresses need no prefix of ours: the packet came over this link.
    return host.isLinkLocal();
  }

  private void asked(
      OwnRecords self, DnsMessage query, HostAddress source, int sourcePort, long now) {
    var forUs = new ArrayList<DnsQuestion>();
    boolean isForTypes = false;
    for (DnsQuestion question : query.questions()) {
      if (forUs.size() < MAX_ECHOED && self.answers(question)) {
        forUs.add(question);
      }
      isForTypes |=
          question.name().equals(OwnRecords.ALL_SERVICES) && question.asksFor(DnsRecord.PTR);
    }
    if (sourcePort != MDNS_PORT) {
      if (!forUs.isEmpty() && unicasts.take(now)) {
        listener.unicast(self.legacyAnswer(query.id(), forUs), source, sourcePort);
      } else if (!forUs.isEmpty()) {
        listener.dropped(DropReason.UNICAST_RATE);
      }
      return;
    }
    // Who knows that we are there may still ask for our port or address.
    boolean isDetailAsked =
        forUs.stream().anyMatch(question -> !question.name().equals(OwnRecords.SERVICE));
    boolean isAnswered = isDetailAsked || !forUs.isEmpty() && !self.isKnownTo(query);
    if (isAnswered && answerNanos == NEVER) {
      answerNanos = Math.max(now + delay(), lastAnswerNanos + SECOND);
    }
    if (isForTypes && typesNanos == NEVER) {
      typesNanos = Math.max(now + delay(), lastTypesNanos + SECOND);
    }
  }

  /** The records of one instance. */
  private static final class Parts {
    DnsRecord.@Nullable Pointer pointer;
    DnsRecord.@Nullable Service service;
    DnsRecord.@Nullable Text text;
  }

  private void answered(DnsMessage answer, HostAddress source, long now) {
    Map<DnsName, Parts> instances = new HashMap<>();
    for (DnsRecord record : answer.records()) {
      DnsName name =
          record instanceof DnsRecord.Pointer pointer && pointer.name().equals(OwnRecords.SERVICE)
              ? pointer.target()
              : record.name();
      if (!name.isChildOf(OwnRecords.SERVICE)) {
        continue;
      }
      Parts parts = instances.computeIfAbsent(name, instance -> new Parts());
      switch (record) {
        case DnsRecord.Pointer pointer -> parts.pointer = pointer;
        case DnsRecord.Service service -> parts.service = service;
        case DnsRecord.Text text -> parts.text = text;
        case DnsRecord.Address address -> {}
      }
    }
    for (Map.Entry<DnsName, Parts> instance : instances.entrySet()) {
      String label = instance.getKey().firstLabel();
      if (own == null || !own.instanceName().equals(instance.getKey())) {
        believe(label, instance.getValue(), answer, source, now);
      }
    }
  }

  private void believe(
      String instance, Parts parts, DnsMessage answer, HostAddress source, long now) {
    DnsRecord.Pointer pointer = parts.pointer;
    DnsRecord.Service service = parts.service;
    DnsRecord.Text text = parts.text;
    if (pointer != null && pointer.ttlSeconds() == 0) {
      peers.goodbye(instance, source, now);
      return;
    }
    if (pointer == null || service == null || text == null) {
      listener.dropped(DropReason.INCOMPLETE);
      return;
    }
    ServiceText said;
    try {
      said = ServiceText.decode(text.strings());
    } catch (MalformedDnsException e) {
      listener.dropped(
          e.reason() == MalformedDnsException.Reason.OTHER_VERSION
              ? DropReason.OTHER_VERSION
              : DropReason.BAD_TEXT);
      return;
    }
    List<HostAddress> reachable = reachable(service.host(), answer, source);
    int ttl = Math.min(pointer.ttlSeconds(), text.ttlSeconds());
    peers.heard(new LinkPeer(instance, reachable, service.port(), said), source, ttl, now);
  }

  /** The addresses it names that are on this link, or else where the message came from. */
  private List<HostAddress> reachable(DnsName host, DnsMessage answer, HostAddress source) {
    var reachable = new ArrayList<HostAddress>();
    for (DnsRecord record : answer.records()) {
      if (record instanceof DnsRecord.Address address
          && address.name().equals(host)
          && isOnLink(address.address())
          && !reachable.contains(address.address())
          && reachable.size() < LinkPeer.MAX_ADDRESSES) {
        // A copy: the message looks into the datagram, the table lives longer.
        var copy = new HostAddress(address.address().bytes().copy());
        if (copy.equals(source)) {
          reachable.addFirst(copy);
        } else {
          reachable.add(copy);
        }
      }
    }
    if (reachable.isEmpty()) {
      reachable.add(source);
    }
    return reachable;
  }
}
