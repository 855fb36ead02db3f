package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.HolepunchPayload;
import org.peerstead.discovery.hyperdht.wire.LookupReply;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Slice;

/** Listeners that keep what they hear. */
final class Results {
  private Results() {}

  static final class Peers implements LookupListener {
    final Set<PeerRecord> found = new HashSet<>();
    final List<NodeAddress> nodes = new ArrayList<>();
    long bump;
    @Nullable QueryResult result;

    @Override
    public void found(LookupReply reply, NodeAddress node, long nowNanos) {
      found.addAll(reply.peers());
      nodes.add(node);
      bump = Math.max(bump, reply.bump());
    }

    @Override
    public void finished(QueryResult queryResult, long nowNanos) {
      result = queryResult;
    }
  }

  static final class Servers implements PeerFoundListener {
    final List<PeerRecord> found = new ArrayList<>();
    final List<NodeAddress> relays = new ArrayList<>();
    @Nullable QueryResult result;

    @Override
    public void found(PeerRecord record, Reply reply, long nowNanos) {
      found.add(record);
      relays.add(reply.from());
    }

    @Override
    public void finished(QueryResult queryResult, long nowNanos) {
      result = queryResult;
    }
  }

  static final class Value implements ValueListener {
    @Nullable Slice value;
    @Nullable QueryResult result;

    @Override
    public void found(Slice found, NodeAddress node, long nowNanos) {
      value = found;
    }

    @Override
    public void finished(QueryResult queryResult, long nowNanos) {
      result = queryResult;
    }
  }

  static final class Mutables implements MutableListener {
    final List<MutableValue> found = new ArrayList<>();
    @Nullable QueryResult result;

    @Override
    public void found(MutableValue value, NodeAddress node, long nowNanos) {
      found.add(value);
    }

    @Override
    public void finished(QueryResult queryResult, long nowNanos) {
      result = queryResult;
    }
  }

  static final class Put implements PutListener {
    @Nullable PutResult result;

    @Override
    public void finished(PutResult putResult, long nowNanos) {
      result = putResult;
    }
  }

  static final class Connection implements HandshakeListener {
    @Nullable HandshakeResult result;
    @Nullable Failure failure;
    long error;

    boolean isOver() {
      return result != null || failure != null;
    }

    @Override
    public void accepted(HandshakeResult handshakeResult, long nowNanos) {
      result = handshakeResult;
    }

    @Override
    public void failed(Failure why, long number, long nowNanos) {
      failure = why;
      error = number;
    }
  }

  static final class Punch implements HolepunchListener {
    @Nullable HolepunchPayload payload;
    @Nullable NodeAddress server;
    @Nullable NodeAddress client;
    boolean failed;

    boolean isOver() {
      return payload != null || failed;
    }

    @Override
    public void answered(
        HolepunchPayload answer, NodeAddress serverSeen, NodeAddress clientSeen, long nowNanos) {
      payload = answer;
      server = serverSeen;
      client = clientSeen;
    }

    @Override
    public void failed(long nowNanos) {
      failed = true;
    }
  }
}
