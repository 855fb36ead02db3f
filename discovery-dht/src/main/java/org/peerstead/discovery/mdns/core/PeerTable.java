package org.peerstead.discovery.mdns.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.wire.HostAddress;

/**
 * The peers of one link, bounded. A peer stays until its lifetime is over or it says goodbye; at
 * 80, 90 and 95 hundredths of the lifetime it is asked about again (RFC 6762 section 5.2).
 *
 * <p>When the table is full, a newcomer takes the place of the youngest peer of the address that
 * has the most; where every address has one, it is refused. Not thread-safe.
 */
final class PeerTable {
  private static final long SECOND = 1_000_000_000L;

  /** Shorter lifetimes count as this: what a stranger says must not make us ask all the time. */
  static final int MIN_TTL_SECONDS = 120;

  /** Longer lifetimes count as this. */
  static final int MAX_TTL_SECONDS = 4500;

  /** A peer that said goodbye is forgotten so much later (RFC 6762 section 10.1). */
  private static final long GOODBYE_NANOS = SECOND;

  private static final int[] ASK_AT_PERCENT = {80, 90, 95};
  private static final long NEVER = Long.MAX_VALUE;

  private static final class Entry {
    LinkPeer peer;
    HostAddress source;
    long heardNanos;
    long expiryNanos;
    int asked;
    long askNanos;

    Entry(LinkPeer peer, HostAddress source) {
      this.peer = peer;
      this.source = source;
    }
  }

  private final int maxPeers;
  private final int maxPeersPerAddress;
  private final RandomGenerator chance;
  private final LinkListener listener;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  PeerTable(int maxPeers, int maxPeersPerAddress, RandomGenerator chance, LinkListener listener) {
    this.maxPeers = maxPeers;
    this.maxPeersPerAddress = maxPeersPerAddress;
    this.chance = chance;
    this.listener = listener;
  }

  int size() {
    return entries.size();
  }

  List<LinkPeer> all() {
    var peers = new ArrayList<LinkPeer>(entries.size());
    entries.values().forEach(entry -> peers.add(entry.peer));
    return peers;
  }

  /** A peer was heard of. */
  void heard(LinkPeer peer, HostAddress source, int ttlSeconds, long now) {
    Entry entry = entries.get(peer.instance());
    boolean isNew = entry == null;
    if (entry == null) {
      entry = admit(peer, source);
      if (entry == null) {
        return;
      }
    }
    LinkPeer merged = isNew ? peer : merge(entry.peer, peer);
    boolean isChanged = isNew || !merged.equals(entry.peer);
    entry.peer = merged;
    entry.heardNanos = now;
    long ttl = Math.clamp(ttlSeconds, MIN_TTL_SECONDS, MAX_TTL_SECONDS) * SECOND;
    entry.expiryNanos = now + ttl;
    entry.asked = 0;
    entry.askNanos = askTime(entry);
    if (isChanged) {
      listener.found(merged);
    }
  }

  /** What it says now, at the addresses of both families: each family has messages of its own. */
  private static LinkPeer merge(LinkPeer known, LinkPeer now) {
    var addresses = new ArrayList<HostAddress>(now.addresses());
    boolean isIpv4 = now.addresses().getFirst().isIpv4();
    boolean isMixed = now.addresses().stream().anyMatch(a -> a.isIpv4() != isIpv4);
    if (!isMixed) {
      known.addresses().stream()
          .filter(address -> address.isIpv4() != isIpv4)
          .limit(LinkPeer.MAX_ADDRESSES - addresses.size())
          .forEach(addresses::add);
    } else if (now.addresses().size() == known.addresses().size()
        && known.addresses().containsAll(now.addresses())) {
      // The order follows the family that was heard last; that is no news.
      return new LinkPeer(now.instance(), known.addresses(), now.tcpPort(), now.text());
    }
    return new LinkPeer(now.instance(), addresses, now.tcpPort(), now.text());
  }

  private @Nullable Entry admit(LinkPeer peer, HostAddress source) {
    var perAddress = new HashMap<HostAddress, Integer>();
    entries.values().forEach(entry -> perAddress.merge(entry.source, 1, Integer::sum));
    if (perAddress.getOrDefault(source, 0) >= maxPeersPerAddress) {
      listener.dropped(DropReason.TOO_MANY_OF_ADDRESS);
      return null;
    }
    if (entries.size() >= maxPeers) {
      listener.dropped(DropReason.TABLE_FULL);
      Entry youngest = null;
      for (Entry entry : entries.values()) {
        int share = perAddress.getOrDefault(entry.source, 0);
        if (share > 1
            && (youngest == null || share >= perAddress.getOrDefault(youngest.source, 0))) {
          youngest = entry;
        }
      }
      if (youngest == null || youngest.source.equals(source)) {
        return null;
      }
      entries.remove(youngest.peer.instance());
      listener.lost(youngest.peer);
    }
    var entry = new Entry(peer, source);
    entries.put(peer.instance(), entry);
    return entry;
  }

  /** A peer says that it leaves. */
  void goodbye(String instance, HostAddress source, long now) {
    Entry entry = entries.get(instance);
    if (entry == null) {
      return;
    }
    if (!entry.source.equals(source) && !entry.peer.addresses().contains(source)) {
      listener.dropped(DropReason.FORGED_GOODBYE);
      return;
    }
    entry.expiryNanos = Math.min(entry.expiryNanos, now + GOODBYE_NANOS);
    entry.askNanos = NEVER;
  }

  /** Peers that are not heard of within this time are forgotten: the network may be another one. */
  void doubt(long withinNanos, long now) {
    for (Entry entry : entries.values()) {
      entry.expiryNanos = Math.min(entry.expiryNanos, now + withinNanos);
      entry.askNanos = NEVER;
    }
  }

  /** Forgets all peers. */
  void clear() {
    List<LinkPeer> gone = all();
    entries.clear();
    gone.forEach(listener::lost);
  }

  /** Forgets those whose time is over; answers whether somebody has to be asked about again. */
  boolean advance(long now) {
    var gone = new ArrayList<LinkPeer>();
    boolean isAskDue = false;
    for (Iterator<Entry> all = entries.values().iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      if (entry.expiryNanos <= now) {
        all.remove();
        gone.add(entry.peer);
      } else if (entry.askNanos <= now) {
        isAskDue = true;
        entry.asked++;
        entry.askNanos = askTime(entry);
      }
    }
    gone.forEach(listener::lost);
    return isAskDue;
  }

  private long askTime(Entry entry) {
    if (entry.asked >= ASK_AT_PERCENT.length) {
      return NEVER;
    }
    long ttl = entry.expiryNanos - entry.heardNanos;
    // Two hundredths by chance: peers that were found together are not asked about together.
    long percent = ttl / 100;
    return entry.heardNanos
        + percent * ASK_AT_PERCENT[entry.asked]
        + (long) (chance.nextDouble() * 2 * percent);
  }

  /** When {@link #advance} is due. */
  long nextDeadlineNanos() {
    long next = NEVER;
    for (Entry entry : entries.values()) {
      next = Math.min(next, Math.min(entry.expiryNanos, entry.askNanos));
    }
    return next;
  }

  /** Peers with more than half of their lifetime left: they need not answer a question. */
  List<LinkPeer> known(int limit, long now) {
    var known = new ArrayList<LinkPeer>();
    for (Entry entry : entries.values()) {
      if (known.size() < limit && entry.expiryNanos - now > (now - entry.heardNanos)) {
        known.add(entry.peer);
      }
    }
    return known;
  }

  /** Seconds that a peer will be remembered without a word of it. */
  int secondsLeft(String instance, long now) {
    Entry entry = entries.get(instance);
    return entry == null ? 0 : (int) Math.max(0, (entry.expiryNanos - now) / SECOND);
  }
}
