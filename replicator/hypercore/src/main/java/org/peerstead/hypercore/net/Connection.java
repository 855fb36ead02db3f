package org.peerstead.hypercore.net;

import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A proven peer at the other end of a socket, as the owner sees it.
 *
 * <p>{@link #send}, {@link #isWritable}, {@link #flush} and {@link #close} are for the owner's
 * thread; the rest is thread-safe. What is sent waits for {@link #flush}, which the owner calls
 * once per turn, and then crosses to the event loop in one step.
 */
public final class Connection {
  private static final System.Logger LOG = System.getLogger(Connection.class.getName());

  /** What a message costs on the socket beside its bytes: frame length, tag and MAC. */
  static final int MESSAGE_OVERHEAD_BYTES = 20;

  /** The half of a connection that lives on its event loop. */
  interface Wire {
    /** Encrypts and writes, in this order; each message counts until {@link #written}. */
    void transmit(List<Slice> messages);

    /** The owner has processed enough: the socket may be read again. */
    void resume();

    /** Ends the connection. */
    void close(CloseReason reason, String detail);
  }

  private final long id;
  private final boolean isInitiator;
  private final InetSocketAddress address;
  private final Fixed32 publicKey;
  private final long connectedAtMillis;
  private final EventLoop loop;
  private final Wire wire;
  private final Mailbox mailbox;
  private final ConnectionOwner owner;
  private final int inboundHighWaterBytes;
  private final int outboundHighWaterBytes;
  private final AtomicLong unwrittenBytes = new AtomicLong();
  private final AtomicLong undeliveredBytes = new AtomicLong();
  private final AtomicBoolean isWaitingForRoom = new AtomicBoolean();
  private final AtomicLong bytesIn;
  private final AtomicLong bytesOut;
  private volatile boolean isClosed;
  private volatile boolean isGivenUp;
  private volatile boolean isPaused;
  private List<Slice> outgoing = new ArrayList<>();

  Connection(
      long id,
      boolean isInitiator,
      InetSocketAddress address,
      Fixed32 publicKey,
      EventLoop loop,
      Wire wire,
      Mailbox mailbox,
      ConnectionOwner owner,
      NetworkConfig config,
      AtomicLong bytesIn,
      AtomicLong bytesOut) {
    this.id = id;
    this.isInitiator = isInitiator;
    this.address = address;
    this.publicKey = publicKey;
    this.connectedAtMillis = System.currentTimeMillis();
    this.loop = loop;
    this.wire = wire;
    this.mailbox = mailbox;
    this.owner = owner;
    this.inboundHighWaterBytes = config.inboundHighWaterBytes();
    this.outboundHighWaterBytes = config.outboundHighWaterBytes();
    this.bytesIn = bytesIn;
    this.bytesOut = bytesOut;
  }

  /** Tells this connection from all others of this network. */
  public long id() {
    return id;
  }

  /** Whether we opened the socket. */
  public boolean isInitiator() {
    return isInitiator;
  }

  /** The other end of the socket. */
  public InetSocketAddress address() {
    return address;
  }

  /** The peer's proven static key. */
  public Fixed32 publicKey() {
    return publicKey;
  }

  /** When the peer was proven, in milliseconds since 1970. */
  public long connectedAtMillis() {
    return connectedAtMillis;
  }

  /** Bytes read from the socket. */
  public long bytesIn() {
    return bytesIn.get();
  }

  /** Bytes handed to the socket. */
  public long bytesOut() {
    return bytesOut.get();
  }

  /** Bytes that were sent and are not with the operating system yet. */
  public long unwrittenBytes() {
    return unwrittenBytes.get();
  }

  /** Whether nothing more can be sent. */
  public boolean isClosed() {
    return isClosed;
  }

  /**
   * Whether there is room for more. After false, {@link ConnectionOwner#writable} follows when half
   * of what waits is gone, unless the connection is over.
   */
  public boolean isWritable() {
    if (isClosed) {
      return false;
    }
    if (unwrittenBytes.get() < outboundHighWaterBytes) {
      return true;
    }
    isWaitingForRoom.set(true);
    // The loop may have written all of it before the flag was up.
    return unwrittenBytes.get() <= outboundHighWaterBytes / 2 && isWaitingForRoom.getAndSet(false);
  }

  /**
   * Sends a message at the end of the turn; it is always taken, and ignored when the connection is
   * over.
   *
   * @param message not copied: must not change
   * @return {@link #isWritable}
   */
  public boolean send(Slice message) {
    if (!isClosed) {
      unwrittenBytes.addAndGet(message.length() + MESSAGE_OVERHEAD_BYTES);
      outgoing.add(message);
    }
    return isWritable();
  }

  /** Hands what was sent to the event loop. */
  public void flush() {
    if (outgoing.isEmpty()) {
      return;
    }
    List<Slice> messages = outgoing;
    outgoing = new ArrayList<>();
    onLoop(() -> wire.transmit(messages));
  }

  /**
   * Ends the connection; {@link ConnectionOwner#disconnected} follows, {@link
   * ConnectionOwner#received} does not. What was sent before is still written when the end is an
   * orderly one.
   */
  public void close(CloseReason reason, String detail) {
    isGivenUp = true;
    flush();
    isClosed = true;
    onLoop(() -> wire.close(reason, detail));
  }

  /** Does nothing when the event loops have stopped: then the socket is closed. */
  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} came after the end of its event loop", this);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // For the event loop

  /** Gives messages of one read to the owner. */
  void deliver(List<Slice> messages, int bytes) {
    undeliveredBytes.addAndGet(bytes);
    mailbox.execute(() -> {
      for (int i = 0; i < messages.size() && !isGivenUp; i++) {
        owner.received(this, messages.get(i));
      }
      if (!isGivenUp) {
        owner.receivedAll(this);
      }
      delivered(bytes);
    });
  }

  /**
   * Whether the owner has too much to process already: then the socket must not be read until
   * {@link Wire#resume}.
   */
  boolean pause() {
    if (undeliveredBytes.get() <= inboundHighWaterBytes) {
      return false;
    }
    isPaused = true;
    // The owner may have finished before the flag was up.
    if (undeliveredBytes.get() <= inboundHighWaterBytes / 2) {
      isPaused = false;
      return false;
    }
    return true;
  }

  private void delivered(int bytes) {
    if (undeliveredBytes.addAndGet(-bytes) <= inboundHighWaterBytes / 2 && isPaused) {
      isPaused = false;
      onLoop(wire::resume);
    }
  }

  /** The socket took bytes of messages. */
  void written(long bytes) {
    if (unwrittenBytes.addAndGet(-bytes) <= outboundHighWaterBytes / 2
        && isWaitingForRoom.get()
        && isWaitingForRoom.getAndSet(false)) {
      mailbox.execute(() -> owner.writable(this));
    }
  }

  /** The socket is gone. */
  void gone(CloseReason reason, String detail) {
    isClosed = true;
    mailbox.execute(() -> {
      outgoing = List.of();
      owner.disconnected(this, reason, detail);
    });
  }

  /** Bytes decrypted and not processed. */
  long undeliveredBytes() {
    return undeliveredBytes.get();
  }

  @Override
  public String toString() {
    return "Connection[" + id + ", " + address + "]";
  }
}
