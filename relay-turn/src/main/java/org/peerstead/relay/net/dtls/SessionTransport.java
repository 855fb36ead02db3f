package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.tls.DatagramTransport;
import org.jspecify.annotations.Nullable;

/**
 * What the record layer of a session reads from and writes to. During the handshake a thread waits
 * here for datagrams, which the loop puts into a short queue. Afterwards the loop calls the record
 * layer itself, with one record at a time, and nobody waits.
 */
final class SessionTransport implements DatagramTransport {
  /** What goes through all networks that people use, as one datagram. */
  static final int HANDSHAKE_SEND_BYTES = 1_200;

  /** More than a client has reason to send in one datagram before the handshake is over. */
  static final int HANDSHAKE_RECEIVE_BYTES = 2_048;

  /** A flight of a client has four messages; it may come twice, and in pieces. */
  private static final int HANDSHAKE_DATAGRAMS = 24;

  /** The largest record: what may be in it, and what encryption adds. */
  private static final int RECORD_BYTES = 16_384 + 256;

  private final DtlsSessions sessions;
  private final ClientKey client;
  private final Executor loop;
  private @Nullable BlockingQueue<byte[]> waiting = new ArrayBlockingQueue<>(HANDSHAKE_DATAGRAMS);

  /** Written by the loop, when no other thread uses this any more. */
  private volatile boolean isRunning;

  private volatile boolean isClosed;
  private byte @Nullable [] record;
  private int recordOffset;
  private int recordLength;
  private boolean wasSent = true;

  SessionTransport(DtlsSessions sessions, ClientKey client, Executor loop) {
    this.sessions = sessions;
    this.client = client;
    this.loop = loop;
  }

  /** Gives a datagram to the handshake; false when too many wait. On the loop's thread. */
  boolean offer(byte[] datagram) {
    BlockingQueue<byte[]> queue = waiting;
    return queue != null && queue.offer(datagram);
  }

  /**
   * The handshake is over; from now on the loop alone uses this.
   *
   * @return what came too late for the handshake
   */
  byte[][] run() {
    BlockingQueue<byte[]> queue = waiting;
    byte[][] late = queue == null ? new byte[0][] : queue.toArray(byte[][]::new);
    waiting = null;
    isRunning = true;
    return late;
  }

  /** The record that {@link #receive} gives next. On the loop's thread. */
  void next(byte[] bytes, int offset, int length) {
    record = bytes;
    recordOffset = offset;
    recordLength = length;
  }

  /** Whether the record layer has ended the session. */
  boolean isClosed() {
    return isClosed;
  }

  /** Whether the shell took all that was sent since the last call. */
  boolean tookAll() {
    boolean tookAll = wasSent;
    wasSent = true;
    return tookAll;
  }

  @Override
  public int getReceiveLimit() {
    return isRunning ? Math.max(recordLength, 1) : HANDSHAKE_RECEIVE_BYTES;
  }

  @Override
  public int getSendLimit() {
    return isRunning ? RECORD_BYTES : HANDSHAKE_SEND_BYTES;
  }

  @Override
  public int receive(byte[] buffer, int offset, int length, int waitMillis) throws IOException {
    if (isRunning) {
      byte[] bytes = record;
      if (bytes == null) {
        throw new NothingLeft();
      }
      record = null;
      int copied = Math.min(length, recordLength);
      System.arraycopy(bytes, recordOffset, buffer, offset, copied);
      return copied;
    }
    BlockingQueue<byte[]> queue = waiting;
    if (queue == null) {
      return -1;
    }
    try {
      byte[] datagram = queue.poll(waitMillis, TimeUnit.MILLISECONDS);
      if (datagram == null) {
        return -1;
      }
      int copied = Math.min(length, datagram.length);
      System.arraycopy(datagram, 0, buffer, offset, copied);
      return copied;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the handshake is not wanted any more");
    }
  }

  @Override
  public void send(byte[] bytes, int offset, int length) {
    if (isRunning) {
      wasSent &= sessions.send(client, bytes, offset, length);
      return;
    }
    byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
    try {
      loop.execute(() -> sessions.send(client, copy, 0, copy.length));
    } catch (RejectedExecutionException _) {
      // The loop has ended, and the handshake ends with it.
    }
  }

  @Override
  public void close() {
    isClosed = true;
  }

  /** Ends a call of the record layer that would wait for more. */
  private static final class NothingLeft extends InterruptedIOException {
    private static final long serialVersionUID = 1;

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }
}
