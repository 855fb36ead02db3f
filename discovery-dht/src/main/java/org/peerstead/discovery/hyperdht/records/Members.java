package org.peerstead.discovery.hyperdht.records;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The records of a topic that has more than one.
 *
 * <p>A lookup shows at most 20 records. Where there are more, which ones it shows decides who is
 * found: chosen at random among all, a host that announced a thousand keys would hide ten honest
 * peers. Therefore the records of a large topic are also kept by network (256 addresses), and a
 * lookup first takes one record of each network, of 20 networks chosen at random; only when there
 * are fewer networks, other records follow. Each record of a network has the same chance.
 */
final class Members {
  /** From this number of records on they are kept by network as well. */
  static final int CROWD = RecordBook.MAX_LOOKUP + 1;

  /** Networks looked at when the one with most records is sought. */
  private static final int COMPARED_NETWORKS = 32;

  private final Slots records;

  /** Offsets in a record where its place among all, and in its network, is kept. */
  private final int placeOffset;

  private final int networkPlaceOffset;
  private int[] all;
  private int count;
  private @Nullable Networks networks;

  Members(Slots records, int placeOffset, int networkPlaceOffset) {
    this.records = records;
    this.placeOffset = placeOffset;
    this.networkPlaceOffset = networkPlaceOffset;
    this.all = new int[2];
  }

  /** Tells the host that a record came from. */
  @FunctionalInterface
  interface Addresses {
    int of(int record);
  }

  private static final class Network {
    final int prefix;
    int[] members = new int[1];
    int count;
    int place;

    Network(int prefix) {
      this.prefix = prefix;
    }
  }

  private static final class Networks {
    final Map<Integer, Network> byPrefix = new HashMap<>();
    final List<Network> all = new ArrayList<>();
    Network fattest = new Network(0);
  }

  int count() {
    return count;
  }

  int at(int place) {
    return all[place];
  }

  void add(int record, Addresses addresses) {
    if (count == all.length) {
      all = Arrays.copyOf(all, count + Math.max(2, count / 4));
    }
    records.setInt(record, placeOffset, count);
    all[count++] = record;
    if (networks != null) {
      addToNetwork(networks, record, addresses.of(record));
    } else if (count == CROWD) {
      networks = new Networks();
      for (int i = 0; i < count; i++) {
        addToNetwork(networks, all[i], addresses.of(all[i]));
      }
    }
  }

  /** Removes a record that is a member and still has the same source. */
  void remove(int record, Addresses addresses) {
    int place = records.getInt(record, placeOffset);
    int last = all[--count];
    all[place] = last;
    records.setInt(last, placeOffset, place);
    if (count < all.length / 2) {
      all = Arrays.copyOf(all, Math.max(2, count + count / 8));
    }
    if (networks != null) {
      if (count < CROWD / 2) {
        networks = null;
      } else {
        removeFromNetwork(networks, record, addresses.of(record));
      }
    }
  }

  private void addToNetwork(Networks to, int record, int address) {
    Network network = to.byPrefix.get(address >>> 8);
    if (network == null) {
      network = new Network(address >>> 8);
      network.place = to.all.size();
      to.all.add(network);
      to.byPrefix.put(network.prefix, network);
    }
    if (network.count == network.members.length) {
      network.members = Arrays.copyOf(network.members, 1 + network.count + network.count / 4);
    }
    records.setInt(record, networkPlaceOffset, network.count);
    network.members[network.count++] = record;
    if (network.count > to.fattest.count) {
      to.fattest = network;
    }
  }

  private void removeFromNetwork(Networks from, int record, int address) {
    Network network = from.byPrefix.get(address >>> 8);
    if (network == null) {
      throw new IllegalStateException("a record of a network that has none");
    }
    int place = records.getInt(record, networkPlaceOffset);
    int last = network.members[--network.count];
    network.members[place] = last;
    records.setInt(last, networkPlaceOffset, place);
    if (network.count == 0) {
      from.byPrefix.remove(network.prefix);
      Network moved = from.all.removeLast();
      if (moved != network) {
        from.all.set(network.place, moved);
        moved.place = network.place;
      }
    }
  }

  /**
   * The record that gives way to a new one of {@code address}: one of the network with most records
   * among those compared.
   *
   * @return {@link Slots#NONE} when the network of the newcomer has as many
   */
  int victim(int address, Addresses addresses, RandomGenerator chance) {
    if (networks == null) {
      return smallVictim(address, addresses, chance);
    }
    Network fattest = networks.fattest;
    for (int i = 0; i < COMPARED_NETWORKS; i++) {
      Network other = networks.all.get(chance.nextInt(networks.all.size()));
      if (other.count > fattest.count) {
        fattest = other;
      }
    }
    networks.fattest = fattest;
    Network own = networks.byPrefix.get(address >>> 8);
    return own == null || own.count < fattest.count
        ? fattest.members[chance.nextInt(fattest.count)]
        : Slots.NONE;
  }

  private int smallVictim(int address, Addresses addresses, RandomGenerator chance) {
    int own = countOf(address, addresses);
    int start = chance.nextInt(count);
    int victim = Slots.NONE;
    int most = own;
    for (int i = 0; i < count; i++) {
      int record = all[(start + i) % count];
      int other = countOf(addresses.of(record), addresses);
      if (other > most) {
        most = other;
        victim = record;
      }
    }
    return victim;
  }

  private int countOf(int address, Addresses addresses) {
    int same = 0;
    for (int i = 0; i < count; i++) {
      if (addresses.of(all[i]) >>> 8 == address >>> 8) {
        same++;
      }
    }
    return same;
  }

  /**
   * Chooses records for a lookup, each at most once.
   *
   * @param picked receives the records
   * @param places room for {@code max} numbers
   * @param max most records, at most the length of {@code picked}
   * @return number of records
   */
  int pick(int[] picked, int[] places, int max, RandomGenerator chance) {
    if (count <= max) {
      System.arraycopy(all, 0, picked, 0, count);
      return count;
    }
    int found = networks == null ? 0 : pickOfNetworks(networks, picked, max, chance);
    // Floyd's sample: max different places, counted from a random one because not all of them may
    // be
    // needed and the first are not as random as the whole.
    int start = chance.nextInt(count);
    for (int i = 0; i < max && found < max; i++) {
      int bound = count - max + i;
      int place = chance.nextInt(bound + 1);
      places[i] = contains(places, i, place) ? bound : place;
      int record = all[(start + places[i]) % count];
      if (!contains(picked, found, record)) {
        picked[found++] = record;
      }
    }
    return found;
  }

  private static int pickOfNetworks(
      Networks networks, int[] picked, int max, RandomGenerator chance) {
    int size = networks.all.size();
    int wanted = Math.min(max, size);
    // The places are kept in picked until the record of the network takes their place.
    for (int i = 0; i < wanted; i++) {
      int bound = size - wanted + i;
      int place = chance.nextInt(bound + 1);
      picked[i] = contains(picked, i, place) ? bound : place;
    }
    for (int i = 0; i < wanted; i++) {
      Network network = networks.all.get(picked[i]);
      picked[i] = network.members[chance.nextInt(network.count)];
    }
    return wanted;
  }

  private static boolean contains(int[] numbers, int length, int number) {
    for (int i = 0; i < length; i++) {
      if (numbers[i] == number) {
        return true;
      }
    }
    return false;
  }
}
