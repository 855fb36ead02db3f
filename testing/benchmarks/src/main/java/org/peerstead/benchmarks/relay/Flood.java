package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Allocate requests without credentials from many sources (127.64.0.1 and up), round and round, at
 * a fixed rate. One thread only.
 */
final class Flood implements AutoCloseable {
  private static final int FIRST_HOST = 127 << 24 | 64 << 16 | 1;
  private static final int MARK = 0x464c4f4f;

  /** Requests that leave together. */
  private static final int TOGETHER = 32;

  private final Arena arena = Arena.ofShared();
  private final TurnTarget target;
  private final int sources;
  private final double interval;
  private final BatchSocket socket;
  private final TurnRequest request = new TurnRequest();
  private long start;
  private long sentBatches;
  private long sent;
  private long sentBytes;
  private long answers;
  private long answerBytes;

  /**
   * Opens the socket.
   *
   * @param sources number of addresses
   * @param rate requests a second
   */
  Flood(TurnTarget target, int sources, int rate) throws IOException {
    this.target = target;
    this.sources = sources;
    interval = 1e9 * TOGETHER / rate;
    socket = new BatchSocket(arena, 0);
  }

  BatchSocket socket() {
    return socket;
  }

  /** Sends a batch when one is due; when the next is. */
  long sendWhatIsDue(long now) {
    if (start == 0) {
      start = now;
    }
    long due = start + (long) (sentBatches * interval);
    if (now < due) {
      return due;
    }
    for (int i = 0; i < TOGETHER; i++) {
      int source = (int) (sent % sources);
      int length =
          request
              .begin(TurnRequest.ALLOCATE, MARK, (int) (sent >>> 32), (int) sent)
              .number(TurnRequest.REQUESTED_TRANSPORT, 17 << 24)
              .end();
      MemorySegment.copy(
          request.array(), 0, socket.outgoing(), ValueLayout.JAVA_BYTE, socket.nextAt(), length);
      socket.queue(FIRST_HOST + source, target.host(), target.port(), length, 1);
      sent++;
      sentBytes += length;
    }
    socket.flush();
    sentBatches++;
    return start + (long) (sentBatches * interval);
  }

  /** Takes what the server answered. */
  void receive() {
    int count = socket.receive();
    for (int i = 0; i < count; i++) {
      answers++;
      answerBytes += socket.receivedLength(i);
    }
  }

  long sent() {
    return sent;
  }

  long sentBytes() {
    return sentBytes;
  }

  long answers() {
    return answers;
  }

  long answerBytes() {
    return answerBytes;
  }

  @Override
  public void close() {
    socket.close();
    arena.close();
  }
}
