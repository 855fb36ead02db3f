package org.peerstead.discovery.hyperdht.records;

import java.util.Arrays;

/**
 * Where the entries of a {@link Shelf} came from: for each host its entries, oldest first, for each
 * network (256 addresses) its hosts, and the networks in classes by the number of their entries, so
 * that one that has most is found at once.
 */
final class Sources {
  /** Bytes of an entry that belong to this class, from {@link Shelf#SOURCE} on. */
  static final int ENTRY_BYTES = 12;

  private static final int ENTRY_HOST = Shelf.SOURCE;
  private static final int ENTRY_OLDER = Shelf.SOURCE + 4;
  private static final int ENTRY_NEWER = Shelf.SOURCE + 8;

  private static final int HOST_ADDRESS = 4;
  private static final int HOST_COUNT = 8;
  private static final int HOST_OLDEST = 12;
  private static final int HOST_NEWEST = 16;
  private static final int HOST_NETWORK = 20;
  private static final int HOST_BEFORE = 24;
  private static final int HOST_AFTER = 28;
  private static final int HOST_BYTES = 32;

  private static final int NETWORK_PREFIX = 4;
  private static final int NETWORK_COUNT = 8;
  private static final int NETWORK_FIRST_HOST = 12;
  private static final int NETWORK_BEFORE = 16;
  private static final int NETWORK_AFTER = 20;
  private static final int NETWORK_BYTES = 24;

  /** Networks looked at when the one with most entries is sought. */
  private static final int COMPARED_NETWORKS = 8;

  private final Slots entries;
  private final KeyHash hash;
  private final Slots hosts = new Slots(HOST_BYTES);
  private final Slots networks = new Slots(NETWORK_BYTES);
  private final NumberIndex hostIndex;
  private final NumberIndex networkIndex;

  /** By class, which is the number of bits of the count: first and last network. */
  private final int[] firstOfClass = new int[Integer.SIZE];

  private final int[] lastOfClass = new int[Integer.SIZE];

  Sources(Slots entries, KeyHash hash) {
    this.entries = entries;
    this.hash = hash;
    hostIndex = new NumberIndex(hosts, HOST_ADDRESS);
    networkIndex = new NumberIndex(networks, NETWORK_PREFIX);
    Arrays.fill(firstOfClass, Slots.NONE);
    Arrays.fill(lastOfClass, Slots.NONE);
  }

  private final class NumberIndex extends Index {
    private final Slots slots;
    private final int offset;

    NumberIndex(Slots slots, int offset) {
      super(slots);
      this.slots = slots;
      this.offset = offset;
    }

    @Override
    int hashOf(int slot) {
      return hash.of(slots.getInt(slot, offset), 0);
    }

    int find(int number) {
      int slot = first(hash.of(number, 0));
      while (slot != Slots.NONE && slots.getInt(slot, offset) != number) {
        slot = next(slot);
      }
      return slot;
    }
  }

  /** Number of hosts with entries. */
  int hosts() {
    return hosts.used();
  }

  /** Number of entries of a host. */
  int countOfHost(int address) {
    int host = hostIndex.find(address);
    return host == Slots.NONE ? 0 : hosts.getInt(host, HOST_COUNT);
  }

  /** Number of entries of the network of a host. */
  int countOfNetwork(int address) {
    int network = networkIndex.find(address >>> 8);
    return network == Slots.NONE ? 0 : networks.getInt(network, NETWORK_COUNT);
  }

  /** The address that an entry came from. */
  int addressOf(int entry) {
    return hosts.getInt(entries.getInt(entry, ENTRY_HOST), HOST_ADDRESS);
  }

  /** Adds an entry as the newest of its host. */
  void add(int entry, int address) {
    int host = hostIndex.find(address);
    if (host == Slots.NONE) {
      host = newHost(address);
    }
    entries.setInt(entry, ENTRY_HOST, host);
    append(entry, host);
    hosts.setInt(host, HOST_COUNT, hosts.getInt(host, HOST_COUNT) + 1);
    changeCount(hosts.getInt(host, HOST_NETWORK), 1);
  }

  /** Makes an entry the newest of its host. */
  void renew(int entry) {
    int host = entries.getInt(entry, ENTRY_HOST);
    if (hosts.getInt(host, HOST_NEWEST) != entry) {
      unlink(entry, host);
      append(entry, host);
    }
  }

  /** Removes an entry. */
  void remove(int entry) {
    int host = entries.getInt(entry, ENTRY_HOST);
    unlink(entry, host);
    int count = hosts.getInt(host, HOST_COUNT) - 1;
    hosts.setInt(host, HOST_COUNT, count);
    int network = hosts.getInt(host, HOST_NETWORK);
    if (count == 0) {
      removeHost(host, network);
    }
    changeCount(network, -1);
  }

  private void append(int entry, int host) {
    int newest = hosts.getInt(host, HOST_NEWEST);
    entries.setInt(entry, ENTRY_OLDER, newest);
    entries.setInt(entry, ENTRY_NEWER, Slots.NONE);
    if (newest == Slots.NONE) {
      hosts.setInt(host, HOST_OLDEST, entry);
    } else {
      entries.setInt(newest, ENTRY_NEWER, entry);
    }
    hosts.setInt(host, HOST_NEWEST, entry);
  }

  private void unlink(int entry, int host) {
    int older = entries.getInt(entry, ENTRY_OLDER);
    int newer = entries.getInt(entry, ENTRY_NEWER);
    if (older == Slots.NONE) {
      hosts.setInt(host, HOST_OLDEST, newer);
    } else {
      entries.setInt(older, ENTRY_NEWER, newer);
    }
    if (newer == Slots.NONE) {
      hosts.setInt(host, HOST_NEWEST, older);
    } else {
      entries.setInt(newer, ENTRY_OLDER, older);
    }
  }

  private int newHost(int address) {
    int network = networkIndex.find(address >>> 8);
    if (network == Slots.NONE) {
      network = networks.take();
      networks.setInt(network, NETWORK_PREFIX, address >>> 8);
      networks.setInt(network, NETWORK_FIRST_HOST, Slots.NONE);
      networkIndex.add(network);
    }
    int host = hosts.take();
    hosts.setInt(host, HOST_ADDRESS, address);
    hosts.setInt(host, HOST_OLDEST, Slots.NONE);
    hosts.setInt(host, HOST_NEWEST, Slots.NONE);
    hosts.setInt(host, HOST_NETWORK, network);
    int after = networks.getInt(network, NETWORK_FIRST_HOST);
    hosts.setInt(host, HOST_BEFORE, Slots.NONE);
    hosts.setInt(host, HOST_AFTER, after);
    if (after != Slots.NONE) {
      hosts.setInt(after, HOST_BEFORE, host);
    }
    networks.setInt(network, NETWORK_FIRST_HOST, host);
    hostIndex.add(host);
    return host;
  }

  private void removeHost(int host, int network) {
    int before = hosts.getInt(host, HOST_BEFORE);
    int after = hosts.getInt(host, HOST_AFTER);
    if (before == Slots.NONE) {
      networks.setInt(network, NETWORK_FIRST_HOST, after);
    } else {
      hosts.setInt(before, HOST_AFTER, after);
    }
    if (after != Slots.NONE) {
      hosts.setInt(after, HOST_BEFORE, before);
    }
    hostIndex.remove(host);
    hosts.release(host);
  }

  private void changeCount(int network, int change) {
    int before = networks.getInt(network, NETWORK_COUNT);
    int count = before + change;
    networks.setInt(network, NETWORK_COUNT, count);
    if (classOf(before) == classOf(count)) {
      return;
    }
    if (before > 0) {
      leaveClass(network, classOf(before));
    }
    if (count > 0) {
      joinClass(network, classOf(count));
    } else {
      networkIndex.remove(network);
      networks.release(network);
    }
  }

  private static int classOf(int count) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(count);
  }

  private void joinClass(int network, int sizeClass) {
    int last = lastOfClass[sizeClass];
    networks.setInt(network, NETWORK_BEFORE, last);
    networks.setInt(network, NETWORK_AFTER, Slots.NONE);
    if (last == Slots.NONE) {
      firstOfClass[sizeClass] = network;
    } else {
      networks.setInt(last, NETWORK_AFTER, network);
    }
    lastOfClass[sizeClass] = network;
  }

  private void leaveClass(int network, int sizeClass) {
    int before = networks.getInt(network, NETWORK_BEFORE);
    int after = networks.getInt(network, NETWORK_AFTER);
    if (before == Slots.NONE) {
      firstOfClass[sizeClass] = after;
    } else {
      networks.setInt(before, NETWORK_AFTER, after);
    }
    if (after == Slots.NONE) {
      lastOfClass[sizeClass] = before;
    } else {
      networks.setInt(after, NETWORK_BEFORE, before);
    }
  }

  /**
   * The entry that gives way to a new one of {@code address}: the oldest of the host with most
   * entries in a network with most entries (within a factor of two).
   *
   * @return {@link Slots#NONE} when the newcomer's own network, or within it its own host, has as
   *     much
   */
  int victim(int address) {
    int network = fattestNetwork();
    int own = networkIndex.find(address >>> 8);
    if (network == own) {
      int host = fattestHost(network);
      return countOfHost(address) < hosts.getInt(host, HOST_COUNT)
          ? hosts.getInt(host, HOST_OLDEST)
          : Slots.NONE;
    }
    int ownCount = own == Slots.NONE ? 0 : networks.getInt(own, NETWORK_COUNT);
    return ownCount < networks.getInt(network, NETWORK_COUNT)
        ? hosts.getInt(fattestHost(network), HOST_OLDEST)
        : Slots.NONE;
  }

  private int fattestNetwork() {
    int sizeClass = Integer.SIZE - 1;
    while (firstOfClass[sizeClass] == Slots.NONE) {
      sizeClass--;
    }
    int fattest = firstOfClass[sizeClass];
    int network = networks.getInt(fattest, NETWORK_AFTER);
    for (int i = 1; i < COMPARED_NETWORKS && network != Slots.NONE; i++) {
      if (networks.getInt(network, NETWORK_COUNT) > networks.getInt(fattest, NETWORK_COUNT)) {
        fattest = network;
      }
      network = networks.getInt(network, NETWORK_AFTER);
    }
    return fattest;
  }

  /** A network has at most 256 hosts. */
  private int fattestHost(int network) {
    int fattest = networks.getInt(network, NETWORK_FIRST_HOST);
    int others = networks.getInt(network, NETWORK_COUNT) - hosts.getInt(fattest, HOST_COUNT);
    for (int host = fattest; host != Slots.NONE; host = hosts.getInt(host, HOST_AFTER)) {
      int count = hosts.getInt(host, HOST_COUNT);
      if (count > hosts.getInt(fattest, HOST_COUNT)) {
        others += hosts.getInt(fattest, HOST_COUNT) - count;
        fattest = host;
      }
      if (count > others) {
        break;
      }
    }
    return fattest;
  }
}
