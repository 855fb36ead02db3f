package org.peerstead.crdt.op;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.OpId;

/**
 * Gives every actor a small number in order of first sight, and packs operation ids into longs:
 * counter (32 bits) above actor number (24 bits).
 */
public final class ActorTable {
  private static final int ACTOR_BITS = 24;
  private static final int MAX_ACTORS = 1 << ACTOR_BITS;

  private final List<ActorId> actors = new ArrayList<>();
  private final Map<ActorId, Integer> numbers = new HashMap<>();
  private int[] ranks = new int[4];

  public int size() {
    return actors.size();
  }

  public ActorId get(int number) {
    return actors.get(number);
  }

  /** The actor's number, or -1. */
  public int find(ActorId actor) {
    Integer number = numbers.get(actor);
    return number == null ? -1 : number;
  }

  /** The actor's number; a new one when it was never seen. */
  public int intern(ActorId actor) {
    Integer known = numbers.get(actor);
    if (known != null) {
      return known;
    }
    int number = actors.size();
    if (number == MAX_ACTORS) {
      throw new IllegalStateException("more than " + MAX_ACTORS + " actors in one document");
    }
    actors.add(actor);
    numbers.put(actor, number);
    if (number == ranks.length) {
      ranks = java.util.Arrays.copyOf(ranks, number * 2);
    }
    int rank = 0;
    for (int i = 0; i < number; i++) {
      if (actors.get(i).compareTo(actor) < 0) {
        rank++;
      } else {
        ranks[i]++;
      }
    }
    ranks[number] = rank;
    return number;
  }

  /** The actor's place among all actors in byte order. */
  public int rank(int number) {
    return ranks[number];
  }

  /** Actor numbers in byte order. */
  public List<Integer> inByteOrder() {
    List<Integer> order = new ArrayList<>(actors.size());
    for (int i = 0; i < actors.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingInt(this::rank));
    return order;
  }

  public static long pack(long counter, int actor) {
    return counter << ACTOR_BITS | actor;
  }

  public static long counter(long id) {
    return id >>> ACTOR_BITS;
  }

  public static int actor(long id) {
    return (int) id & (MAX_ACTORS - 1);
  }

  /** Order of operation ids: counter, then actor bytes. */
  public int compare(long a, long b) {
    long counterA = counter(a);
    long counterB = counter(b);
    if (counterA != counterB) {
      return counterA < counterB ? -1 : 1;
    }
    return Integer.compare(ranks[actor(a)], ranks[actor(b)]);
  }

  public OpId toOpId(long id) {
    return new OpId(counter(id), actors.get(actor(id)));
  }
}
