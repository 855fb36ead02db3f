package org.peerstead.discovery.hyperdht.records;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Speaks to a book the way the tests think: numbers for keys and hosts, one clock. */
final class Announcer {
  static final long START = 1_800_000_000_000L;

  final RecordBook book;
  long now = START;

  Announcer(RecordBook book) {
    this.book = book;
  }

  /** A key that only this number has. */
  static Fixed32 key(int number) {
    return Blake2b.hash(Slice.of(new CompactWriter().uint32(number & 0xffffffffL).toByteArray()));
  }

  /** The target of the server with key {@code number}. */
  static Fixed32 target(int number) {
    return Blake2b.hash(key(number).toSlice());
  }

  /** A peer record whose one relay has this port. */
  static Slice record(int peer, int relayPort) {
    var out = new CompactWriter();
    out.fixed32(key(peer)).uint(1);
    new NodeAddress(0x0a000001, relayPort).write(out);
    return out.toSlice();
  }

  static NodeAddress host(int address) {
    return new NodeAddress(address, 4000);
  }

  Stored announce(int topic, int peer, int address) {
    return announce(topic, peer, address, 1, null, 0);
  }

  Stored announce(
      int topic, int peer, int address, int relayPort, @Nullable Fixed32 refresh, long bump) {
    return book.announce(
        key(topic), host(address), key(peer), record(peer, relayPort), refresh, bump, now);
  }

  Stored announceSelf(int peer, int address) {
    return book.announceRoute(target(peer), host(address), key(peer), record(peer, 1), null, now);
  }

  /** Peers of a lookup, each as public key and relay port. */
  record Found(Fixed32 publicKey, int relayPort) {}

  /** What a lookup of a topic shows. */
  List<Found> lookup(Fixed32 topic) {
    return lookup(topic, RecordBook.MAX_LOOKUP);
  }

  List<Found> lookup(Fixed32 topic, int max) {
    var out = new CompactWriter();
    int count = book.lookup(topic, max, out, now);
    List<Found> found = new ArrayList<>();
    if (count == 0) {
      if (out.length() != 0) {
        throw new AssertionError("an empty lookup wrote something");
      }
      return found;
    }
    try {
      CompactReader reader = out.toSlice().reader();
      int peers = reader.uint(RecordBook.MAX_LOOKUP);
      for (int i = 0; i < peers; i++) {
        Fixed32 publicKey = reader.fixed32();
        int relays = reader.uint(3);
        int port = 0;
        for (int j = 0; j < relays; j++) {
          port = NodeAddress.read(reader).port();
        }
        found.add(new Found(publicKey, port));
      }
      if (reader.uint() != book.bump(topic) || reader.hasRemaining() || peers != count) {
        throw new AssertionError("a lookup reply that does not end well");
      }
    } catch (EncodingException e) {
      throw new AssertionError(e);
    }
    return found;
  }

  List<Found> lookup(int topic) {
    return lookup(key(topic));
  }

  List<Fixed32> peers(int topic) {
    return lookup(topic).stream().map(Found::publicKey).toList();
  }
}
