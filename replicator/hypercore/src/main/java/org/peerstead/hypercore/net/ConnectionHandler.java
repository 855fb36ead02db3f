package org.peerstead.hypercore.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;
import org.peerstead.securestream.stream.SecretStream;
import org.peerstead.securestream.stream.SecretStream.Output;

/**
 * Drives the {@link SecretStream} of one socket on its event loop.
 *
 * <pre>
 * socket open        handshake runs; nobody knows of it but the limits
 * peer proven        the owner is told, messages cross in batches
 * first end reason   remembered; the socket is closed
 * socket closed      the owner is told the reason, once
 * </pre>
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter implements Connection.Wire {
  private static final System.Logger LOG = System.getLogger(ConnectionHandler.class.getName());

  /** What a full connection must take within the time for slow readers. */
  private static final long SLOW_READER_BYTES = 65_536;

  /** How long an orderly end waits for the socket to take the last bytes. */
  private static final long LINGER_SECONDS = 5;

  /** How many decrypted bytes are collected before they cross, although more can be read. */
  private static final int DELIVERY_BYTES = 256 * 1024;

  private final PeerNetwork network;
  private final Role role;
  private final @Nullable Fixed32 expectedKey;
  private final InetSocketAddress address;
  private final Observer observer;
  private final AtomicLong bytesIn = new AtomicLong();
  private final AtomicLong bytesOut = new AtomicLong();
  private final FrameWriter writer = new FrameWriter(this::socketTook);
  private @Nullable ChannelHandlerContext context;
  private @Nullable SecretStream stream;
  private @Nullable Connection connection;
  private List<Slice> messages = new ArrayList<>();
  private int messageBytes;
  private @Nullable CloseReason reason;
  private String detail = "";
  private boolean isGone;
  private @Nullable Future<?> timer;
  private long handshakeDeadline;
  private long slowReaderDeadline = SecretStream.NO_DEADLINE;
  private long tookBytes;
  private long tookBytesAtCheck;

  /** Is told of the life of this socket, on the event loop. */
  interface Observer {
    /** The peer is proven. */
    default void connected(Connection connection) {}

    /** The socket is closed; once. */
    void closed(CloseReason reason, String detail);
  }

  /**
   * A handler for a new socket.
   *
   * @param expectedKey the only peer that is wanted, or null for any
   */
  ConnectionHandler(
      PeerNetwork network,
      Role role,
      @Nullable Fixed32 expectedKey,
      InetSocketAddress address,
      Observer observer) {
    this.network = network;
    this.role = role;
    this.expectedKey = expectedKey;
    this.address = address;
    this.observer = observer;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    long now = System.nanoTime();
    handshakeDeadline = now + network.config().handshakeTimeout().toNanos();
    stream =
        SecretStream.overRawStream(
            role, network.deviceKey(), network.entropy(), network.streamConfig(), now);
    drain(stream);
    writer.flush(active);
    schedule();
  }

  @Override
  public void channelRead(ChannelHandlerContext ignored, Object message) {
    try {
      SecretStream open = stream;
      if (open == null || reason != null || !(message instanceof ByteBuf bytes)) {
        return;
      }
      bytesIn.addAndGet(bytes.readableBytes());
      network.counters().bytesIn(bytes.readableBytes());
      long now = System.nanoTime();
      byte[] scratch = network.scratch();
      while (bytes.isReadable() && reason == null) {
        int part = Math.min(bytes.readableBytes(), scratch.length);
        bytes.readBytes(scratch, 0, part);
        open.receive(now, Slice.of(scratch, 0, part));
        drain(open);
      }
      if (messageBytes > DELIVERY_BYTES) {
        deliver();
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext active) {
    deliver();
    writer.flush(active);
    Connection open = connection;
    if (open != null && active.channel().config().isAutoRead() && open.pause()) {
      active.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ignored) {
    SecretStream open = stream;
    if (reason == null && open != null) {
      open.remoteEnded();
      drain(open);
    }
    gone();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
    if (cause instanceof IOException) {
      close(CloseReason.SOCKET_FAILED, String.valueOf(cause.getMessage()));
    } else {
      LOG.log(System.Logger.Level.ERROR, "a connection failed through our fault", cause);
      close(CloseReason.INTERNAL, String.valueOf(cause));
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Commands of the owner

  @Override
  public void transmit(List<Slice> plain) {
    SecretStream open = stream;
    ChannelHandlerContext active = context;
    if (open == null || active == null || reason != null) {
      return;
    }
    long now = System.nanoTime();
    for (Slice message : plain) {
      if (message.length() > SecretStream.MAX_MESSAGE_BYTES) {
        close(CloseReason.INTERNAL, "a message of " + message.length() + " bytes to send");
        return;
      }
      open.send(now, message);
      Output output = open.poll();
      while (output != null) {
        if (output instanceof Output.Transmit(Slice frame)) {
          count(frame);
          writer.add(active, frame, true);
        }
        output = open.poll();
      }
    }
    writer.flush(active);
    checkSlowReader(now);
  }

  @Override
  public void resume() {
    ChannelHandlerContext active = context;
    if (active != null && reason == null) {
      active.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void close(CloseReason why, String what) {
    if (reason != null) {
      return;
    }
    reason = why;
    detail = what;
    SecretStream open = stream;
    if (open != null) {
      open.close();
    }
    ChannelHandlerContext active = context;
    if (active == null) {
      return;
    }
    if (why == CloseReason.CLOSED_LOCALLY || why == CloseReason.SHUTDOWN) {
      active
          .writeAndFlush(active.alloc().directBuffer(0, 1))
          .addListener(ChannelFutureListener.CLOSE);
      active.executor().schedule(() -> active.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    } else {
      active.close();
    }
  }

  // ---------------------------------------------------------------------------------------------

  private void drain(SecretStream open) {
    Output output = open.poll();
    while (output != null) {
      switch (output) {
        case Output.Transmit(Slice bytes) -> {
          ChannelHandlerContext active = context;
          if (active != null && reason == null) {
            count(bytes);
            writer.add(active, bytes, false);
          }
        }
        case Output.Connected(NoiseSession session) -> connected(session);
        case Output.Message(Slice plain) -> {
          messages.add(plain);
          messageBytes += plain.length() + Connection.MESSAGE_OVERHEAD_BYTES;
        }
        case Output.Ended ended -> close(CloseReason.CLOSED_BY_PEER, "");
        case Output.Failed(var why, String what) -> {
          deliver();
          close(CloseReason.of(why), what);
        }
      }
      output = open.poll();
    }
  }

  private void connected(NoiseSession session) {
    ChannelHandlerContext active = context;
    if (active == null || reason != null) {
      return;
    }
    if (expectedKey != null && !expectedKey.equals(session.remotePublicKey())) {
      close(CloseReason.WRONG_REMOTE_KEY, "it is " + session.remotePublicKey());
      return;
    }
    Connection proven =
        new Connection(
            network.nextId(),
            role == Role.INITIATOR,
            address,
            session.remotePublicKey(),
            active.channel().eventLoop(),
            this,
            network.mailbox(),
            network.owner(),
            network.config(),
            bytesIn,
            bytesOut);
    connection = proven;
    network.connected(proven, session);
    observer.connected(proven);
    // The keep-alive may be due before the handshake's timeout.
    schedule();
  }

  private void deliver() {
    Connection open = connection;
    if (messages.isEmpty() || open == null) {
      return;
    }
    List<Slice> batch = messages;
    int bytes = messageBytes;
    messages = new ArrayList<>();
    messageBytes = 0;
    open.deliver(batch, bytes);
  }

  private void count(Slice frame) {
    bytesOut.addAndGet(frame.length());
    network.counters().bytesOut(frame.length());
  }

  private void socketTook(int bytes) {
    tookBytes += bytes;
    Connection open = connection;
    if (open != null) {
      open.written(bytes);
      if (open.unwrittenBytes() < network.config().outboundHighWaterBytes() / 2) {
        slowReaderDeadline = SecretStream.NO_DEADLINE;
      }
    }
  }

  private void checkSlowReader(long now) {
    Connection open = connection;
    if (open == null) {
      return;
    }
    boolean isFull = open.unwrittenBytes() >= network.config().outboundHighWaterBytes() / 2;
    if (isFull && slowReaderDeadline == SecretStream.NO_DEADLINE) {
      slowReaderDeadline = now + network.config().slowReaderTimeout().toNanos();
      tookBytesAtCheck = tookBytes;
      schedule();
    } else if (slowReaderDeadline != SecretStream.NO_DEADLINE && now - slowReaderDeadline >= 0) {
      slowReaderDeadline = SecretStream.NO_DEADLINE;
      if (!isFull) {
        return;
      }
      if (tookBytes - tookBytesAtCheck < SLOW_READER_BYTES) {
        close(
            CloseReason.SLOW_READER,
            open.unwrittenBytes() + " bytes wait for " + (tookBytes - tookBytesAtCheck) + " taken");
      } else {
        checkSlowReader(now);
      }
    }
  }

  private void onTimer() {
    timer = null;
    SecretStream open = stream;
    ChannelHandlerContext active = context;
    if (open == null || active == null || reason != null) {
      return;
    }
    long now = System.nanoTime();
    if (isHandshaking(open) && now - handshakeDeadline >= 0) {
      close(CloseReason.HANDSHAKE_TIMEOUT, "in state " + open.state());
      return;
    }
    checkSlowReader(now);
    if (active.channel().config().isAutoRead()) {
      open.onDeadline(now);
      drain(open);
      writer.flush(active);
    }
    schedule();
  }

  /** One timer, which may come early: deadlines move with every message, the timer does not. */
  private void schedule() {
    SecretStream open = stream;
    ChannelHandlerContext active = context;
    if (open == null || active == null || reason != null) {
      return;
    }
    long next = Math.min(open.nextDeadlineNanos(), slowReaderDeadline);
    if (isHandshaking(open)) {
      next = Math.min(next, handshakeDeadline);
    }
    if (next == SecretStream.NO_DEADLINE) {
      return;
    }
    Future<?> running = timer;
    if (running != null) {
      running.cancel(false);
    }
    // While we do not read, silence is our own doing.
    long shortest = active.channel().config().isAutoRead() ? 1_000_000 : 1_000_000_000;
    long wait = Math.max(shortest, next - System.nanoTime());
    timer = active.executor().schedule(this::onTimer, wait, TimeUnit.NANOSECONDS);
  }

  private static boolean isHandshaking(SecretStream open) {
    return open.state() == SecretStream.State.HANDSHAKE
        || open.state() == SecretStream.State.HEADER;
  }

  private void gone() {
    if (isGone) {
      return;
    }
    isGone = true;
    deliver();
    CloseReason why = reason == null ? CloseReason.CLOSED_BY_PEER : reason;
    reason = why;
    writer.release();
    Future<?> running = timer;
    if (running != null) {
      running.cancel(false);
    }
    Connection open = connection;
    if (open == null) {
      network.refused(address, why, detail);
    } else {
      network.disconnected(open, why, detail);
    }
    observer.closed(why, detail);
  }
}
