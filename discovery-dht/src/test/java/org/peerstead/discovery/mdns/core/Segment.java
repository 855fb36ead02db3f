package org.peerstead.discovery.mdns.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.peerstead.discovery.mdns.wire.HostAddress;
import org.peerstead.securestream.encoding.Fixed32;

/** A network cable in virtual time: whatever one says, all hear a tenth of a millisecond later. */
final class Segment {
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1000 * MILLISECOND;
  private static final long DELAY = MILLISECOND / 10;

  /** A node on the cable, and what it was told. */
  final class Station implements LinkListener {
    final HostAddress address;
    final LanLink link;
    final List<LinkPeer> found = new ArrayList<>();
    final List<LinkPeer> lost = new ArrayList<>();
    final List<DropReason> dropped = new ArrayList<>();
    final List<String> names = new ArrayList<>();
    final List<byte[]> sent = new ArrayList<>();
    final List<byte[]> unicasts = new ArrayList<>();
    long sentBytes;

    private Station(HostAddress address, LinkSettings settings, long seed) {
      this.address = address;
      var random = new SplittableRandom(seed);
      this.link = new LanLink(settings, this, random::nextBytes, random.split());
    }

    void start(Set<Fixed32> topics) {
      link.start(List.of(new LinkAddress(address, 24, true)), 0, topics, now);
    }

    @Override
    public void multicast(byte[] datagram) {
      sent.add(datagram);
      sentBytes += datagram.length;
      inFlight
          .computeIfAbsent(now + DELAY, time -> new ArrayList<>())
          .add(() -> hear(address, LanLink.MDNS_PORT, datagram));
    }

    @Override
    public void unicast(byte[] datagram, HostAddress to, int port) {
      unicasts.add(datagram);
    }

    @Override
    public void renamed(String instance) {
      names.add(instance);
    }

    @Override
    public void found(LinkPeer peer) {
      found.add(peer);
    }

    @Override
    public void lost(LinkPeer peer) {
      lost.add(peer);
    }

    @Override
    public void dropped(DropReason reason) {
      dropped.add(reason);
    }
  }

  final List<Station> stations = new ArrayList<>();
  private final TreeMap<Long, List<Runnable>> inFlight = new TreeMap<>();
  long now = 1000 * SECOND;

  /** A node with the address 10.0.0.{@code number}. */
  Station add(int number, LinkSettings settings) {
    var station =
        new Station(HostAddress.of(new byte[] {10, 0, 0, (byte) number}), settings, number);
    stations.add(station);
    return station;
  }

  /** All nodes hear a datagram, its sender too. */
  void hear(HostAddress source, int port, byte[] datagram) {
    for (Station station : stations) {
      station.link.receive(source, port, datagram, datagram.length, now);
    }
  }

  void run(long nanos) {
    long end = now + nanos;
    while (true) {
      long next = inFlight.isEmpty() ? Long.MAX_VALUE : inFlight.firstKey();
      for (Station station : stations) {
        next = Math.min(next, station.link.nextDeadlineNanos());
      }
      if (next > end) {
        now = end;
        return;
      }
      now = Math.max(now, next);
      while (!inFlight.isEmpty() && inFlight.firstKey() <= now) {
        inFlight.pollFirstEntry().getValue().forEach(Runnable::run);
      }
      for (Station station : stations) {
        station.link.advance(now);
      }
    }
  }
}
