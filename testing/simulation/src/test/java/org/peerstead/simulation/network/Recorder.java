package org.peerstead.simulation.network;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A program that notes what it gets, and answers if asked to. */
final class Recorder implements NetworkProgram {
  /** One received datagram. */
  record Received(int localPort, int fromHost, int fromPort, byte[] datagram, long atNanos) {}

  final List<Received> received = new ArrayList<>();
  final List<Long> driven = new ArrayList<>();
  long deadlineNanos = Long.MAX_VALUE;
  @Nullable NetworkHost answersFrom;

  @Override
  public void receive(int localPort, int fromHost, int fromPort, byte[] datagram, long nowNanos) {
    received.add(new Received(localPort, fromHost, fromPort, datagram, nowNanos));
    if (answersFrom != null) {
      answersFrom.send(localPort, fromHost, fromPort, datagram);
    }
  }

  @Override
  public void advance(long nowNanos) {
    driven.add(nowNanos);
    deadlineNanos = Long.MAX_VALUE;
  }

  @Override
  public long nextDeadlineNanos() {
    return deadlineNanos;
  }

  Received last() {
    return received.getLast();
  }
}
