package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.bouncycastle.tls.DTLSRequest;
import org.bouncycastle.tls.DTLSServerProtocol;
import org.bouncycastle.tls.DTLSTransport;
import org.bouncycastle.tls.DatagramSender;
import org.bouncycastle.tls.TlsTimeoutException;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayEngine;

/** The sessions of one loop; all but the handshakes is on its thread. */
final class DtlsSessions implements DatagramSessions {
  /** The most that fits into a record. */
  static final int MAX_PLAIN_BYTES = 16_384;

  private static final System.Logger LOG = System.getLogger(DtlsSessions.class.getName());
  private static final long SWEEP_NANOS = 1_000_000_000L;

  /**
   * Where the contents of records stand until the shell has sent what the engine made of them: the
   * memory is used again after so many bytes, which is more than a shell receives before it sends.
   */
  private static final int DECRYPTED_BYTES = 4 * 1024 * 1024;

  private static final int LARGEST_DATAGRAM_BYTES = 65_536;
  private static final int HELLO_RANDOM_BYTES = 32;

  private final DtlsServer server;
  private final RelayEngine engine;
  private final List<TransportAddress> listeners;
  private final RawDatagrams output;
  private final Executor loop;
  private final Cookies cookies;
  private final Map<ClientKey, DtlsSession> sessions = new HashMap<>();
  private final byte[] datagram = new byte[LARGEST_DATAGRAM_BYTES];
  private final byte[] decoded = new byte[MAX_PLAIN_BYTES];
  private final byte[] plain = new byte[MAX_PLAIN_BYTES];
  private @Nullable MemorySegment decrypted;
  private int decryptedAt;
  private long nextSweepNanos = Long.MAX_VALUE;
  private boolean isClosed;

  DtlsSessions(
      DtlsServer server,
      RelayEngine engine,
      List<TransportAddress> listeners,
      RawDatagrams output,
      Executor loop) {
    this.server = server;
    this.engine = engine;
    this.listeners = listeners;
    this.output = output;
    this.loop = loop;
    cookies =
        new Cookies(server.crypto(), server.limits().cookieSecret().toNanos(), server.nowNanos());
  }

  // ---------------------------------------------------------------------------------------------
  // Datagrams in

  @Override
  public void receive(
      int listener,
      IpFamily family,
      long high,
      long low,
      int port,
      MemorySegment memory,
      long offset,
      int length,
      long nowNanos) {
    if (isClosed || length > LARGEST_DATAGRAM_BYTES) {
      return;
    }
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, datagram, 0, length);
    ClientKey client = new ClientKey(listener, family, high, low, port);
    DtlsSession session = sessions.get(client);
    boolean isHello = HandshakeRecords.isClientHello(datagram, length);
    if (session == null) {
      if (isHello) {
        greet(client, null, length, nowNanos);
      } else {
        server.counters().dropped(DtlsDrop.UNKNOWN_SENDER);
      }
    } else if (!session.isStanding()) {
      handshake(session, length);
    } else if (isHello) {
      greet(client, session, length, nowNanos);
    } else {
      read(session, datagram, length, nowNanos);
    }
  }

  /** A client that wants to begin, or to begin anew. */
  private void greet(ClientKey client, @Nullable DtlsSession before, int length, long nowNanos) {
    if (length > SessionTransport.HANDSHAKE_RECEIVE_BYTES
        || !HandshakeRecords.areRecordsSound(datagram, length)) {
      server.counters().dropped(DtlsDrop.MALFORMED);
      return;
    }
    byte[] hello = Arrays.copyOf(datagram, length);
    DTLSRequest request =
        cookies.check(Cookies.clientId(client), hello, new Question(client), nowNanos);
    if (request == null) {
      return;
    }
    int randomAt = HandshakeRecords.helloRandomOffset();
    byte[] random = Arrays.copyOfRange(hello, randomAt, randomAt + HELLO_RANDOM_BYTES);
    if (before != null) {
      if (before.isBegunBy(random)) {
        // An old datagram that the network kept, or doubled.
        server.counters().dropped(DtlsDrop.RECORD);
        return;
      }
      // It has shown that it is at this address: RFC 6347 section 4.2.8.
      end(before, DtlsEnd.REPLACED, nowNanos);
    }
    DtlsEnd refusal = server.places().enter(client.ip());
    if (refusal != null) {
      server.counters().ended(refusal);
      return;
    }
    begin(client, random, request);
  }

  /** Asks a client for its cookie. */
  private final class Question implements DatagramSender {
    private final ClientKey client;

    Question(ClientKey client) {
      this.client = client;
    }

    @Override
    public int getSendLimit() {
      return SessionTransport.HANDSHAKE_SEND_BYTES;
    }

    @Override
    public void send(byte[] bytes, int offset, int length) {
      server.counters().challenges.increment();
      DtlsSessions.this.send(client, bytes, offset, length);
    }
  }

  private void begin(ClientKey client, byte[] random, DTLSRequest request) {
    SessionTransport transport = new SessionTransport(this, client, loop);
    DtlsSession session =
        new DtlsSession(this, client, listeners.get(client.listener()), transport, random);
    sessions.put(client, session);
    HandshakePeer peer =
        new HandshakePeer(
            server.crypto(),
            server.identity(),
            Math.toIntExact(server.limits().handshake().toMillis()));
    session.handshakeOn(
        Thread.ofVirtual()
            .name("relay-dtls-handshake")
            .start(() -> {
              try {
                DTLSTransport records = new DTLSServerProtocol().accept(peer, transport, request);
                later(() -> established(session, records));
              } catch (TlsTimeoutException _) {
                later(() -> end(session, DtlsEnd.HANDSHAKE_TIMEOUT, server.nowNanos()));
              } catch (IOException _) {
                later(() -> end(session, DtlsEnd.HANDSHAKE, server.nowNanos()));
              } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "a handshake failed", e);
                later(() -> end(session, DtlsEnd.FAILURE, server.nowNanos()));
              }
            }));
  }

  private void handshake(DtlsSession session, int length) {
    if (length > SessionTransport.HANDSHAKE_RECEIVE_BYTES
        || !HandshakeRecords.areRecordsSound(datagram, length)) {
      server.counters().dropped(DtlsDrop.MALFORMED);
    } else if (!session.transportLayer().offer(Arrays.copyOf(datagram, length))) {
      server.counters().dropped(DtlsDrop.HANDSHAKE_QUEUE);
    }
  }

  private void established(DtlsSession session, DTLSTransport records) {
    byte[][] late = session.transportLayer().run();
    session.stand(records);
    if (session.hasEnded()) {
      session.end();
      return;
    }
    long nowNanos = server.nowNanos();
    server.places().established(session.key().ip());
    server.counters().established.increment();
    session.unsettledSinceNanos = nowNanos;
    if (nextSweepNanos == Long.MAX_VALUE) {
      nextSweepNanos = nowNanos + SWEEP_NANOS;
    }
    for (byte[] bytes : late) {
      read(session, bytes, bytes.length, nowNanos);
    }
  }

  /** Gives the records of a datagram to the session, one by one. */
  private void read(DtlsSession session, byte[] bytes, int length, long nowNanos) {
    int at = 0;
    while (at < length) {
      int record = HandshakeRecords.recordLength(bytes, at, length);
      if (record < 0) {
        server.counters().dropped(DtlsDrop.MALFORMED);
        return;
      }
      if (!readRecord(session, bytes, at, record, nowNanos)) {
        return;
      }
      at += record;
    }
  }

  /** False when the session has ended. */
  private boolean readRecord(
      DtlsSession session, byte[] bytes, int offset, int length, long nowNanos) {
    DTLSTransport records = session.records();
    if (records == null) {
      return false;
    }
    SessionTransport transport = session.transportLayer();
    transport.next(bytes, offset, length);
    int received;
    try {
      received = records.receive(decoded, 0, decoded.length, 1);
    } catch (InterruptedIOException _) {
      received = -1;
    } catch (IOException _) {
      end(session, DtlsEnd.RECORD, nowNanos);
      return false;
    }
    if (transport.isClosed()) {
      end(session, DtlsEnd.CLIENT, nowNanos);
      return false;
    }
    if (received < 0) {
      server.counters().dropped(DtlsDrop.RECORD);
      return true;
    }
    return received == 0 || deliver(session, received, nowNanos);
  }

  private boolean deliver(DtlsSession session, int length, long nowNanos) {
    MemorySegment memory = decrypted;
    if (memory == null) {
      memory = Arena.ofAuto().allocate(DECRYPTED_BYTES, 8);
      decrypted = memory;
    }
    if (decryptedAt + length > DECRYPTED_BYTES) {
      decryptedAt = 0;
    }
    int at = decryptedAt;
    decryptedAt += (length + 7) & ~7;
    MemorySegment.copy(decoded, 0, memory, ValueLayout.JAVA_BYTE, at, length);
    boolean isSound;
    try {
      isSound = engine.receiveFrame(session, memory, at, length, nowNanos);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "the engine failed", e);
      end(session, DtlsEnd.FAILURE, nowNanos);
      return false;
    }
    if (!isSound) {
      end(session, DtlsEnd.FRAMING, nowNanos);
      return false;
    }
    return !session.hasEnded();
  }

  // ---------------------------------------------------------------------------------------------
  // Datagrams out

  /** Sends a record or several. */
  boolean send(ClientKey client, byte[] bytes, int offset, int length) {
    boolean isTaken =
        output.send(
            client.listener(),
            client.family(),
            client.high(),
            client.low(),
            client.port(),
            bytes,
            offset,
            length);
    if (!isTaken) {
      notSent();
    }
    return isTaken;
  }

  /** Room to put together the contents of a record. */
  byte[] plain() {
    return plain;
  }

  void notSent() {
    server.counters().dropped(DtlsDrop.NOT_SENT);
  }

  // ---------------------------------------------------------------------------------------------
  // Ends

  /** Ends a session when what is going on now is over. */
  void endLater(DtlsSession session, DtlsEnd reason) {
    later(() -> end(session, reason, server.nowNanos()));
  }

  private void later(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException _) {
      // The loop has ended, and all sessions with it.
    }
  }

  private void end(DtlsSession session, DtlsEnd reason, long nowNanos) {
    if (session.hasEnded()) {
      return;
    }
    boolean wasStanding = session.isStanding();
    sessions.remove(session.key(), session);
    session.end();
    server.places().leave(session.key().ip(), wasStanding);
    server.counters().ended(reason);
    if (wasStanding) {
      engine.closed(session, nowNanos);
    }
  }

  @Override
  public void advance(long nowNanos) {
    if (nextSweepNanos == Long.MAX_VALUE || nowNanos - nextSweepNanos < 0) {
      return;
    }
    nextSweepNanos = nowNanos + SWEEP_NANOS;
    long unsettledNanos = server.limits().unsettledFor().toNanos();
    boolean isAnyStanding = false;
    for (DtlsSession session : List.copyOf(sessions.values())) {
      if (!session.isStanding()) {
        continue;
      }
      isAnyStanding = true;
      boolean isSettled = engine.isSettled(session);
      if (!isSettled && session.wasSettled) {
        session.unsettledSinceNanos = nowNanos;
      }
      session.wasSettled = isSettled;
      if (!isSettled && nowNanos - session.unsettledSinceNanos >= unsettledNanos) {
        end(session, DtlsEnd.UNSETTLED_TIMEOUT, nowNanos);
      }
    }
    if (!isAnyStanding) {
      nextSweepNanos = Long.MAX_VALUE;
    }
  }

  @Override
  public long nextDeadlineNanos() {
    return nextSweepNanos;
  }

  @Override
  public void close(long nowNanos) {
    isClosed = true;
    for (DtlsSession session : List.copyOf(sessions.values())) {
      end(session, DtlsEnd.SHUTDOWN, nowNanos);
    }
  }
}
