package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Many TURN clients with an address each (127.16.0.1 and up) behind one socket. Their requests run
 * in a window of open ones, each answer lets the next go; what is not answered is sent again. One
 * thread only.
 */
final class TurnClients implements AutoCloseable {
  /** First channel number; the client's number is added, modulo their number. */
  private static final int FIRST_CHANNEL = 0x4000;

  private static final int CHANNELS = 0x1000;
  private static final int FIRST_HOST = 127 << 24 | 16 << 16;

  /** First number of every transaction id. */
  private static final int MARK = 0x50454552;

  private static final long RETRY_NANOS = 500_000_000L;
  private static final int MAX_TRIES = 8;
  private static final int LIFETIME_SECONDS = 3_600;

  private final Arena arena = Arena.ofShared();
  private final TurnTarget target;
  private final BatchSocket socket;
  private final Poll poll;
  private final TurnRequest request = new TurnRequest();
  private final List<Client> clients = new ArrayList<>();
  private byte[] realm = new byte[0];
  private byte[] key = new byte[0];

  /** What one client knows. */
  private static final class Client {
    final int host;
    byte[] nonce = new byte[0];
    int relayedHost;
    int relayedPort;

    /** Number of the open request, 0 when there is none. */
    int open;

    int tries;
    long sentAt;

    Client(int host) {
      this.host = host;
    }
  }

  /** What all clients are to do. */
  private enum Step {
    ALLOCATE(TurnRequest.ALLOCATE),
    BIND_CHANNEL(TurnRequest.CHANNEL_BIND),
    RELEASE(TurnRequest.REFRESH);

    final int method;

    Step(int method) {
      this.method = method;
    }
  }

  private int lastRequest;

  TurnClients(TurnTarget target) throws IOException {
    this.target = target;
    socket = new BatchSocket(arena, 0);
    poll = new Poll(arena, socket);
  }

  BatchSocket socket() {
    return socket;
  }

  int host(int client) {
    return clients.get(client).host;
  }

  int channel(int client) {
    return FIRST_CHANNEL + client % CHANNELS;
  }

  int relayedHost(int client) {
    return clients.get(client).relayedHost;
  }

  int relayedPort(int client) {
    return clients.get(client).relayedPort;
  }

  /** Waits until the server answers a Binding request at all. */
  void awaitServer() throws IOException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (System.nanoTime() < deadline) {
      int length = request.begin(TurnRequest.BINDING, MARK, -1, -1).end();
      send(FIRST_HOST + 1, length);
      socket.flush();
      poll.await(50_000_000L);
      int count = socket.receive();
      for (int i = 0; i < count; i++) {
        if (TurnAnswer.read(socket.received(), socket.receivedAt(i), socket.receivedLength(i), MARK)
            != null) {
          return;
        }
      }
    }
    throw new IOException("no answer of the server at port " + target.port());
  }

  /**
   * Makes allocations, with the challenge and the answer to it, for clients {@code from} to {@code
   * to}.
   *
   * @return nanoseconds that it took
   * @throws IOException when the server refuses or does not answer
   */
  long allocate(int from, int to, int window) throws IOException {
    while (clients.size() < to) {
      clients.add(new Client(FIRST_HOST + 1 + clients.size()));
    }
    for (Client client : clients.subList(from, to)) {
      client.nonce = new byte[0];
    }
    return run(Step.ALLOCATE, from, to, window, 0, 0);
  }

  /** Binds the channel of each client to the peer, or renews it. */
  void bindChannels(int from, int to, int peerHost, int peerPort) throws IOException {
    run(Step.BIND_CHANNEL, from, to, 32, peerHost, peerPort);
  }

  /** Gives the allocations back. */
  void release(int from, int to) throws IOException {
    run(Step.RELEASE, from, to, 32, 0, 0);
  }

  private long run(Step step, int from, int to, int window, int peerHost, int peerPort)
      throws IOException {
    long start = System.nanoTime();
    long nextCheck = start + RETRY_NANOS;
    int next = from;
    int open = 0;
    int done = 0;
    while (done < to - from) {
      while (next < to && open < window) {
        send(step, next++, 1, peerHost, peerPort);
        open++;
      }
      socket.flush();
      poll.await(RETRY_NANOS);
      int count = socket.receive();
      for (int i = 0; i < count; i++) {
        if (settles(step, i, peerHost, peerPort)) {
          open--;
          done++;
        }
      }
      long now = System.nanoTime();
      if (now >= nextCheck) {
        nextCheck = now + RETRY_NANOS;
        for (int i = from; i < next; i++) {
          Client client = clients.get(i);
          if (client.open != 0 && now - client.sentAt > RETRY_NANOS) {
            if (client.tries == MAX_TRIES) {
              throw new IOException("no answer to " + step + " of client " + i);
            }
            send(step, i, client.tries + 1, peerHost, peerPort);
          }
        }
      }
    }
    return System.nanoTime() - start;
  }

  /** Takes a received datagram; whether it ends what its client was to do. */
  private boolean settles(Step step, int index, int peerHost, int peerPort) throws IOException {
    TurnAnswer answer =
        TurnAnswer.read(
            socket.received(), socket.receivedAt(index), socket.receivedLength(index), MARK);
    if (answer == null || answer.second() < 0 || answer.second() >= clients.size()) {
      return false;
    }
    Client client = clients.get(answer.second());
    if (client.open == 0 || client.open != answer.third()) {
      // The answer to one that was sent again.
      return false;
    }
    byte[] nonce = answer.nonce();
    boolean isChallenge = answer.error() == 401 && client.nonce.length == 0;
    if (nonce != null && (isChallenge || answer.error() == 438)) {
      byte[] itsRealm = answer.realm();
      if (itsRealm != null && !Arrays.equals(realm, itsRealm)) {
        realm = itsRealm;
        key =
            TurnRequest.key(
                target.user(), new String(realm, StandardCharsets.UTF_8), target.password());
      }
      client.nonce = nonce;
      send(step, answer.second(), 1, peerHost, peerPort);
      return false;
    }
    if (!answer.isSuccess()) {
      throw new IOException(step + " of client " + answer.second() + ": error " + answer.error());
    }
    if (step == Step.ALLOCATE) {
      client.relayedHost = answer.relayedHost();
      client.relayedPort = answer.relayedPort();
    }
    client.open = 0;
    return true;
  }

  private void send(Step step, int index, int tries, int peerHost, int peerPort) {
    Client client = clients.get(index);
    if (tries == 1 || step != Step.ALLOCATE) {
      client.open = ++lastRequest;
    }
    client.tries = tries;
    client.sentAt = System.nanoTime();
    request.begin(step.method, MARK, index, client.open);
    switch (step) {
      case ALLOCATE -> {
        request.number(TurnRequest.REQUESTED_TRANSPORT, 17 << 24);
        request.number(TurnRequest.LIFETIME, LIFETIME_SECONDS);
      }
      case BIND_CHANNEL -> {
        request.number(TurnRequest.CHANNEL_NUMBER, channel(index) << 16);
        request.peer(peerHost, peerPort);
      }
      case RELEASE -> request.number(TurnRequest.LIFETIME, 0);
    }
    int length;
    if (client.nonce.length == 0) {
      length = request.end();
    } else {
      length =
          request
              .bytes(TurnRequest.USERNAME, target.user().getBytes(StandardCharsets.UTF_8))
              .bytes(TurnRequest.REALM, realm)
              .bytes(TurnRequest.NONCE, client.nonce)
              .end(key);
    }
    send(client.host, length);
  }

  private void send(int from, int length) {
    MemorySegment.copy(
        request.array(), 0, socket.outgoing(), ValueLayout.JAVA_BYTE, socket.nextAt(), length);
    socket.queue(from, target.host(), target.port(), length, 1);
  }

  @Override
  public void close() {
    socket.close();
    arena.close();
  }
}
