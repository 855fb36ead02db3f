package org.peerstead.discovery.hyperdht.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.wire.AnnounceMessage;
import org.peerstead.discovery.hyperdht.wire.HyperdhtCommand;
import org.peerstead.discovery.hyperdht.wire.NoisePayload.RelayInfo;
import org.peerstead.discovery.hyperdht.wire.PeerRecord;
import org.peerstead.discovery.hyperdht.wire.Signables;
import org.peerstead.discovery.rpc.core.OutgoingRequest;
import org.peerstead.discovery.rpc.core.Query;
import org.peerstead.discovery.rpc.core.QueryListener;
import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.discovery.rpc.core.QuerySpec;
import org.peerstead.discovery.rpc.core.Reply;
import org.peerstead.discovery.rpc.core.ReplyListener;
import org.peerstead.discovery.rpc.core.RpcNode;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.RpcError;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Keeps a server announced at the three nodes nearest to the hash of its key, which relay to it.
 *
 * <pre>
 * from       to         when
 * IDLE       LOOKING    start, all pings of a round answered or not and too few answered,
 *                       {@link #ROUNDS} rounds (5 min), refresh
 * LOOKING    TELLING    the query for the nearest nodes is over
 * TELLING    IDLE       the nodes confirmed the announce, or did not
 * any        CLOSED     close, abandon
 * </pre>
 *
 * In IDLE a round begins every 3 s: each relay is pinged, which keeps the way through a NAT open. A
 * node that was a relay before the last change and is none now is told so. When nobody answers, the
 * next try waits longer each time, up to a minute.
 *
 * <p>Not thread-safe; owner thread only.
 */
final class Announcer {
  /** Nodes at which a server is announced. */
  static final int RELAYS = 3;

  /** Time between two rounds of pings, 3 s. */
  static final long ROUND_NANOS = 3_000_000_000L;

  /** Rounds after which the server is announced anew. */
  static final int ROUNDS = 100;

  private static final int MAX_PAUSE_ROUNDS = 20;

  private final RpcNode rpc;
  private final KeyPair key;
  private final Fixed32 target;
  private final IntConsumer announced;

  private List<NodeAddress> nearest = List.of();
  private List<RelayInfo> relays = List.of();
  private List<NodeAddress> relayAddresses = List.of();
  private Set<NodeAddress> current = new LinkedHashSet<>();
  private Set<NodeAddress> previous = new LinkedHashSet<>();
  private Set<NodeAddress> beforePrevious = new LinkedHashSet<>();

  private boolean isIdle;
  private boolean isRefreshWanted;
  private boolean closed;
  private @Nullable Query query;
  private int rounds;
  private int failures;
  private int unanswered;
  private int answered;
  private long nextRoundNanos;

  /**
   * An announcer that has not started.
   *
   * @param announced hears the number of relays after each announcement
   */
  Announcer(RpcNode rpc, KeyPair key, IntConsumer announced) {
    this.rpc = rpc;
    this.key = key;
    this.target = Blake2b.hash(key.publicKey().toSlice());
    this.announced = announced;
  }

  /** The nodes that relay to the server now, and how they see this node. */
  List<RelayInfo> relays() {
    return relays;
  }

  /** The own address when strangers reach it, then relays; at most 3. */
  List<NodeAddress> relayAddresses() {
    return relayAddresses;
  }

  /** Whether the server was announced at {@code node} a short time ago. */
  boolean isRelay(NodeAddress node) {
    return current.contains(node) || previous.contains(node) || beforePrevious.contains(node);
  }

  void start(long nowNanos) {
    look(nowNanos);
  }

  /** Looks for the nearest nodes again, at the next round. */
  void refresh(long nowNanos) {
    isRefreshWanted = true;
    if (isIdle) {
      nextRoundNanos = nowNanos;
    }
  }

  void advance(long nowNanos) {
    if (closed || !isIdle || nextRoundNanos - nowNanos > 0) {
      return;
    }
    rounds++;
    boolean isLonely = current.isEmpty() && rounds >= Math.min(1 << failures, MAX_PAUSE_ROUNDS);
    if (isRefreshWanted || isLonely || rounds >= ROUNDS) {
      look(nowNanos);
    } else {
      pingRelays(nowNanos);
    }
  }

  /** When {@link #advance} is to be called; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos() {
    return isIdle && !closed ? nextRoundNanos : Long.MAX_VALUE;
  }

  /** Takes the announcements back. */
  void close(long nowNanos) {
    if (closed) {
      return;
    }
    abandon();
    if (query != null) {
      query.cancel(nowNanos);
    }
    for (NodeAddress relay : current) {
      unannounce(relay, nowNanos);
    }
  }

  /** Stops without a word. */
  void abandon() {
    closed = true;
    relays = List.of();
    relayAddresses = List.of();
  }

  private void pingRelays(long nowNanos) {
    nextRoundNanos = nowNanos + ROUND_NANOS;
    int pinged = current.size();
    if (pinged == 0 || unanswered > 0) {
      return;
    }
    unanswered = pinged;
    answered = 0;
    for (NodeAddress relay : List.copyOf(current)) {
      rpc.request(
          relay,
          OutgoingRequest.ping(),
          new ReplyListener() {
            @Override
            public void replied(Reply reply, long atNanos) {
              answered++;
              pingEnded(atNanos);
            }

            @Override
            public void failed(long atNanos) {
              pingEnded(atNanos);
            }

            private void pingEnded(long atNanos) {
              unanswered--;
              if (unanswered == 0 && answered < Math.min(pinged, RELAYS) && !closed) {
                refresh(atNanos);
              }
            }
          },
          nowNanos);
    }
  }

  private void look(long nowNanos) {
    isIdle = false;
    isRefreshWanted = false;
    rounds = 0;
    query =
        rpc.query(
            QuerySpec.read(target, HyperdhtCommand.FIND_PEER, null).from(nearest),
            new QueryListener() {
              @Override
              public void finished(QueryResult result, long atNanos) {
                if (closed) {
                  return;
                }
                if (result.cancelled()) {
                  // The node is suspended: the relays may still be good when it comes back.
                  isRefreshWanted = true;
                  isIdle = true;
                  nextRoundNanos = atNanos + ROUND_NANOS;
                } else {
                  tell(result, atNanos);
                }
              }
            },
            nowNanos);
  }

  /** Announces the server at the nearest nodes that answered. */
  private void tell(QueryResult result, long nowNanos) {
    List<Reply> chosen =
        result.closest().stream().filter(Announcer::canStore).limit(RELAYS).toList();
    nearest = result.closest().stream().map(Reply::from).toList();
    Round round = new Round(chosen.size());
    for (Reply reply : chosen) {
      Fixed32 nodeId = reply.id();
      Fixed32 token = reply.response().token();
      if (nodeId == null || token == null) {
        throw new IllegalStateException("chosen without id or token");
      }
      PeerRecord record = new PeerRecord(key.publicKey(), List.of());
      Slice signable = Signables.announce(target, nodeId, token, record.encode(), null);
      AnnounceMessage message = AnnounceMessage.signed(record, Slice.of(key.sign(signable)));
      rpc.request(
          reply.from(),
          new OutgoingRequest(
              false,
              HyperdhtCommand.ANNOUNCE,
              target,
              token,
              message.encode(),
              OutgoingRequest.DEFAULT_RETRIES),
          round.listener(reply),
          nowNanos);
    }
    round.started(nowNanos);
  }

  private static boolean canStore(Reply reply) {
    return reply.id() != null && reply.response().token() != null;
  }

  /** One announcement at up to three nodes. */
  private final class Round {
    private final List<RelayInfo> confirmed = new ArrayList<>(RELAYS);

    /** One more than there are, so that nothing ends before all are sent. */
    private int waiting;

    Round(int nodes) {
      waiting = nodes + 1;
    }

    ReplyListener listener(Reply asked) {
      return new ReplyListener() {
        @Override
        public void replied(Reply reply, long atNanos) {
          if (reply.response().error() == RpcError.NONE) {
            confirmed.add(new RelayInfo(asked.from(), asked.response().to()));
          }
          ended(atNanos);
        }

        @Override
        public void failed(long atNanos) {
          ended(atNanos);
        }
      };
    }

    void started(long nowNanos) {
      ended(nowNanos);
    }

    private void ended(long nowNanos) {
      waiting--;
      if (waiting == 0 && !closed) {
        settle(confirmed, nowNanos);
      }
    }
  }

  private void settle(List<RelayInfo> confirmed, long nowNanos) {
    beforePrevious = previous;
    previous = current;
    current = new LinkedHashSet<>();
    List<NodeAddress> addresses = new ArrayList<>(RELAYS);
    @Nullable NodeAddress own = rpc.reachableAddress();
    if (own != null) {
      addresses.add(own);
    }
    for (RelayInfo relay : confirmed) {
      current.add(relay.relayAddress());
      if (addresses.size() < RELAYS) {
        addresses.add(relay.relayAddress());
      }
    }
    relays = List.copyOf(confirmed);
    relayAddresses = List.copyOf(addresses);
    for (NodeAddress former : previous) {
      if (!current.contains(former)) {
        unannounce(former, nowNanos);
      }
    }
    failures = current.isEmpty() ? Math.min(failures + 1, 10) : 0;
    isIdle = true;
    nextRoundNanos = nowNanos + ROUND_NANOS;
    announced.accept(current.size());
  }

  /** Gets a token, and with it takes the announcement back. */
  private void unannounce(NodeAddress node, long nowNanos) {
    rpc.request(
        node,
        new OutgoingRequest(
            false, HyperdhtCommand.FIND_PEER, target, null, null, OutgoingRequest.DEFAULT_RETRIES),
        new ReplyListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            if (reply.response().value() != null) {
              Unannouncement.send(rpc, key, target, reply, atNanos, (isConfirmed, at) -> {});
            }
          }

          @Override
          public void failed(long atNanos) {}
        },
        nowNanos);
  }
}
