package org.peerstead.relay.turn.ports;

import java.util.Arrays;

/** A set of numbers 0 to size - 1 that adds, removes and picks by index in constant time. */
final class NumberSet {
  private static final int ABSENT = -1;

  private final int[] members;
  private final int[] places;
  private int count;

  NumberSet(int size) {
    members = new int[size];
    places = new int[size];
    Arrays.fill(places, ABSENT);
  }

  int count() {
    return count;
  }

  /** The member at an index below {@link #count}; the order is arbitrary and changes. */
  int at(int index) {
    return members[index];
  }

  boolean contains(int number) {
    return places[number] != ABSENT;
  }

  void add(int number) {
    if (places[number] == ABSENT) {
      members[count] = number;
      places[number] = count;
      count++;
    }
  }

  void remove(int number) {
    int place = places[number];
    if (place != ABSENT) {
      count--;
      int moved = members[count];
      members[place] = moved;
      places[moved] = place;
      places[number] = ABSENT;
    }
  }
}
