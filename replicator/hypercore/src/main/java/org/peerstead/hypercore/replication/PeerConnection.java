package org.peerstead.hypercore.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.protomux.Channel;
import org.peerstead.securestream.protomux.ChannelName;
import org.peerstead.securestream.protomux.Protomux;

/**
 * One connection to a peer, with all its channels. Handed out by {@link Replicator#attach}; owner's
 * thread only.
 */
public final class PeerConnection {
  /** So that two peers that misunderstand each other do not do so forever. */
  private static final int MAX_REOPENS = 65_536;

  private final Replicator replicator;
  private final NoiseSession session;
  private final Link link;
  private final Protomux mux;
  private final Map<Channel, ChannelEnd> ends = new IdentityHashMap<>();

  /** Peers of cores on this connection, by discovery key. */
  final Map<Fixed32, CorePeer> corePeers = new LinkedHashMap<>();

  /** Peers that may have something to ask, in turn. */
  final ArrayDeque<CorePeer> askRing = new ArrayDeque<>();

  /** Peers with requests of theirs to be answered, in turn. */
  final ArrayDeque<CorePeer> serveRing = new ArrayDeque<>();

  final RemoteBitfield.Budget bitfieldBudget;

  /** Requests of ours in flight, all cores. */
  int requestsInFlight;

  /** Requests of the other side that wait, all cores. */
  int queuedRequests;

  private int reopens;
  private int invalidRequests;
  private int badProofs;
  private int unaskedData;
  private boolean isCorked;
  private int corkedBytes;
  private boolean isDestroyed;
  private boolean isDetached;
  private boolean isInput;
  private long roundTripNanos;
  private long fullSinceNanos = Long.MAX_VALUE;
  private long unreadBytes;
  private long bytesReceived;
  private long bytesSent;

  PeerConnection(Replicator replicator, NoiseSession session, Link link) {
    this.replicator = replicator;
    this.session = session;
    this.link = link;
    this.mux = new Protomux(replicator.config().protomux());
    this.bitfieldBudget = new RemoteBitfield.Budget(replicator.config().maxRemoteBitfieldBytes());
  }

  /** The other side's static key, proven by the handshake. */
  public Fixed32 remoteKey() {
    return session.remotePublicKey();
  }

  /** The handshake that made the connection. */
  public NoiseSession session() {
    return session;
  }

  /** Whether it is destroyed or detached. */
  public boolean isClosed() {
    return isDestroyed || isDetached;
  }

  /** Whether a channel that the other side closed may be opened again; counts. */
  boolean takeReopen() {
    return ++reopens <= MAX_REOPENS;
  }

  /** Bytes of plain messages that came in. */
  public long bytesReceived() {
    return bytesReceived;
  }

  /** Bytes of plain messages that went out. */
  public long bytesSent() {
    return bytesSent;
  }

  /** Cores whose channel is open on both sides. */
  public int openCores() {
    int open = 0;
    for (CorePeer peer : corePeers.values()) {
      open += peer.isOpened() ? 1 : 0;
    }
    return open;
  }

  /**
   * What the transport measured; 0 when it does not, then the default window holds. A longer round
   * trip allows more requests in flight.
   */
  public void setRoundTripNanos(long nanos) {
    roundTripNanos = nanos;
  }

  /**
   * Opens a channel of another protocol.
   *
   * @param id of the channel; empty when there is only one
   * @return the channel, or null when it is open already or there is no room for another
   */
  public @Nullable ProtocolChannel open(
      String protocol, Slice id, Slice handshake, ProtocolListener listener) {
    if (isClosed() || !hasRoomForChannel()) {
      return null;
    }
    for (Channel each : ends.keySet()) {
      if (each.name().protocol().equals(protocol) && each.name().id().equals(id)) {
        return null;
      }
    }
    replicator.enter();
    ProtocolChannel end = new ProtocolChannel(this, listener);
    openChannel(new ChannelName(protocol, id), List.of(), handshake, end);
    replicator.leave();
    return end;
  }

  /** Ends the connection. */
  public void close(String detail) {
    replicator.enter();
    destroy(DisconnectReason.CLOSED, detail);
    replicator.leave();
  }

  Replicator replicator() {
    return replicator;
  }

  // ---------------------------------------------------------------------------------------------
  // Channels

  boolean hasRoomForChannel() {
    return ends.size() < replicator.config().protomux().maxChannels() - 1;
  }

  void openChannel(ChannelName name, List<String> aliases, Slice handshake, ChannelEnd end) {
    cork();
    Channel channel = mux.open(name, aliases, handshake);
    end.channel = channel;
    ends.put(channel, end);
  }

  void closeChannel(Channel channel) {
    ends.remove(channel);
    if (!isClosed()) {
      cork();
      mux.close(channel);
    }
  }

  void send(Channel channel, int type, Slice payload) {
    if (isClosed()) {
      return;
    }
    cork();
    mux.send(channel, type, payload);
    corkedBytes += payload.length() + 4;
    replicator.stats().messagesSent++;
  }

  /** How many requests may be in flight for one core. */
  int window() {
    ReplicationConfig config = replicator.config();
    if (roundTripNanos == 0) {
      return config.windowRequests();
    }
    long base = Math.max(1, config.windowRequests() / 3);
    return (int)
        Math.min(
            config.maxWindowRequests(), Math.max(base, base * (roundTripNanos / 1_000_000) / 50));
  }

  boolean hasRequestSlot() {
    return requestsInFlight < replicator.config().maxConnectionRequests();
  }

  // ---------------------------------------------------------------------------------------------
  // Input

  void receive(Slice message, long nowNanos) {
    bytesReceived += message.length();
    replicator.stats().bytesReceived += message.length();
    isInput = true;
    mux.receive(message);
    drain(nowNanos);
    isInput = false;
  }

  private void drain(long nowNanos) {
    for (Protomux.Output output = mux.poll(); output != null; output = mux.poll()) {
      switch (output) {
        case Protomux.Output.Transmit(Slice message) -> transmit(message, nowNanos);
        case Protomux.Output.OpenRequested(ChannelName name, Slice handshake) ->
            replicator.openRequested(this, name, handshake, nowNanos);
        case Protomux.Output.Opened(Channel channel, Slice handshake) -> {
          ChannelEnd end = ends.get(channel);
          if (end != null) {
            end.opened(handshake, nowNanos);
          }
        }
        case Protomux.Output.Message(Channel channel, int type, Slice payload) -> {
          replicator.stats().messagesReceived++;
          ChannelEnd end = ends.get(channel);
          if (end != null) {
            end.message(type, payload, nowNanos);
          }
        }
        case Protomux.Output.Closed(Channel channel) -> gone(channel, false, nowNanos);
        case Protomux.Output.Rejected(Channel channel) -> gone(channel, true, nowNanos);
        case Protomux.Output.Failed(Protomux.Failure reason, String message) ->
            destroy(DisconnectReason.PROTOMUX, reason + ": " + message);
      }
      if (isClosed()) {
        return;
      }
    }
  }

  void reject(ChannelName name) {
    cork();
    mux.reject(name);
  }

  private void gone(Channel channel, boolean isRejected, long nowNanos) {
    ChannelEnd end = ends.remove(channel);
    if (end != null) {
      end.channel = null;
      end.closed(isRejected, true, nowNanos);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Output

  /** Everything sent in one turn goes out together. */
  private void cork() {
    if (!isCorked && !isClosed()) {
      isCorked = true;
      mux.cork();
      replicator.touched(this);
    }
  }

  /** Sends what was collected. */
  void flush(long nowNanos) {
    if (isCorked) {
      isCorked = false;
      corkedBytes = 0;
      if (!isClosed()) {
        mux.uncork();
      }
    }
    if (!isClosed() && !isInput) {
      drain(nowNanos);
    }
  }

  /** Whether another answer may be made now; sends what was collected when it is much. */
  boolean hasRoomForAnswer(long nowNanos) {
    if (corkedBytes >= replicator.config().serveBatchBytes()) {
      flush(nowNanos);
    }
    return !isClosed() && link.isWritable();
  }

  private void transmit(Slice message, long nowNanos) {
    bytesSent += message.length();
    replicator.stats().bytesSent += message.length();
    if (link.send(message)) {
      fullSinceNanos = Long.MAX_VALUE;
      unreadBytes = 0;
    } else if (fullSinceNanos == Long.MAX_VALUE) {
      fullSinceNanos = nowNanos;
      replicator.full(this);
    } else {
      unreadBytes += message.length();
      if (unreadBytes > replicator.config().maxUnreadBytes()) {
        destroy(
            DisconnectReason.SLOW_READER,
            unreadBytes + " bytes above " + replicator.config().maxUnreadBytes());
      }
    }
  }

  void writable() {
    fullSinceNanos = Long.MAX_VALUE;
    unreadBytes = 0;
  }

  /** When the other side must have read something, or {@link Long#MAX_VALUE}. */
  long readDeadlineNanos() {
    return fullSinceNanos == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : fullSinceNanos + replicator.config().slowReaderNanos();
  }

  // ---------------------------------------------------------------------------------------------
  // Misbehaviour

  void countInvalidRequest(String detail) {
    replicator.stats().invalidRequestsReceived++;
    if (++invalidRequests >= replicator.config().maxInvalidRequests()) {
      destroy(DisconnectReason.INVALID_REQUESTS, invalidRequests + " of them, last: " + detail);
    }
  }

  void countBadProof(String detail) {
    if (++badProofs >= replicator.config().maxBadProofs()) {
      destroy(DisconnectReason.BAD_PROOFS, badProofs + " of them, last: " + detail);
    }
  }

  void countUnaskedData() {
    replicator.stats().unaskedData++;
    if (++unaskedData >= replicator.config().maxUnaskedData()) {
      destroy(DisconnectReason.UNASKED_DATA, unaskedData + " answers that nobody asked for");
    }
  }

  void checkBitfieldWork() {
    if (bitfieldBudget.touchedPages() > replicator.config().maxBitfieldPages()) {
      destroy(
          DisconnectReason.ABSURD_RANGES,
          "pages of bits above " + replicator.config().maxBitfieldPages());
    }
  }

  /** Ends the connection; its channels are forgotten when the turn is over. */
  void destroy(DisconnectReason reason, String detail) {
    if (isClosed()) {
      return;
    }
    isDestroyed = true;
    replicator.stats().countDisconnect(reason);
    replicator.doomed(this, reason, detail);
    link.destroy(reason, detail);
  }

  /** The connection is gone: forgets all channels. */
  void detach(long nowNanos) {
    if (isDetached) {
      return;
    }
    isDetached = true;
    mux.shutDown();
    List<ChannelEnd> all = new ArrayList<>(ends.values());
    ends.clear();
    for (ChannelEnd end : all) {
      end.channel = null;
      end.closed(false, false, nowNanos);
    }
    askRing.clear();
    serveRing.clear();
    corePeers.clear();
  }

  @Override
  public String toString() {
    return "PeerConnection[" + remoteKey() + "]";
  }
}
