package org.peerstead.relay.turn;

import org.jspecify.annotations.Nullable;

/**
 * The channels of an allocation by number. A hash table, since clients may choose numbers far
 * apart. Not thread-safe.
 */
final class ChannelNumbers {
  private static final int FIRST_CAPACITY = 4;

  private @Nullable Channel[] channels = new Channel[0];
  private int size;

  int size() {
    return size;
  }

  @Nullable Channel find(int number) {
    if (size == 0) {
      return null;
    }
    int mask = channels.length - 1;
    for (int at = place(number) & mask; ; at = (at + 1) & mask) {
      Channel channel = channels[at];
      if (channel == null || channel.number == number) {
        return channel;
      }
    }
  }

  void add(Channel channel) {
    if ((size + 1) * 4 > channels.length * 3) {
      rebuild(Math.max(FIRST_CAPACITY, channels.length * 2), null);
    }
    insert(channel);
    size++;
  }

  void remove(Channel removed) {
    rebuild(channels.length, removed);
    size--;
  }

  /** All of them, in no order; a copy. */
  Channel[] all() {
    Channel[] all = new Channel[size];
    int count = 0;
    for (Channel channel : channels) {
      if (channel != null) {
        all[count++] = channel;
      }
    }
    return all;
  }

  private void rebuild(int capacity, @Nullable Channel without) {
    @Nullable Channel[] old = channels;
    channels = new Channel[capacity];
    for (Channel channel : old) {
      if (channel != null && channel != without) {
        insert(channel);
      }
    }
  }

  private void insert(Channel channel) {
    int mask = channels.length - 1;
    int at = place(channel.number) & mask;
    while (channels[at] != null) {
      at = (at + 1) & mask;
    }
    channels[at] = channel;
  }

  /** Numbers in sequence, as most clients choose them, do not collide. */
  private static int place(int number) {
    return number - Channel.FIRST_NUMBER;
  }
}
